std::vector<JobFailure> Registry::restart(const std::vector<JobId>& ids,
                                          std::optional<std::chrono::milliseconds> grace) {
  std::vector<JobFailure> failures;
  const auto launch = [this](JobId id) {
    const jobs::OpenJob job = impl_->open(id);
    const store::Record record = jobs::examine(job);
    if (record.info.stdout_log.empty())
      throw Error(Errc::unsupported, "restart job " + std::to_string(id) + ": it was run in the foreground");
    launch_recorded(*impl_->find(), job, record, true);
  };
  for (const JobId id : end_for_restart(ids, grace, failures)) {
    try {
      jobs::refuse_in_daemon(*this, "restart job " + std::to_string(id));
      launch(id);
    } catch (const Error& problem) {
      failures.push_back({id, problem});
    }
  }
  return failures;
}

}  // namespace brood
