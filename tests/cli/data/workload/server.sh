#!/bin/sh
# Answers numbers that come through the FIFO "questions" with primes in "answers"; a helper in a session of its own
# stays in the background, as careless programs do.
setsid sh -c 'echo $$ >helper.up; exec sleep 300' &
read -r helper <helper.up
echo "server $$ helper $helper" >server.up
while read -r number <questions; do
  "$1" "$number" >answers
done
