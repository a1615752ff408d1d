// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "brood/convert.hpp"
#include "brood/value.hpp"

namespace brood {

/// Target: a program with its arguments, executed without a shell. The first word is found as a shell would find it.
struct Command {
  std::vector<std::string> argv;
  Command(std::vector<std::string> words) : argv(std::move(words)) {}
  Command(std::initializer_list<std::string> words) : argv(words) {}
};

/// multiprocessing's `kwargs`. A function takes them as its last parameter, of this type.
struct Keywords : Value::Object {
  using Value::Object::Object;
  Keywords() = default;
  Keywords(Value::Object values) : Value::Object(std::move(values)) {}
  /// The value of `name` as a T, or `otherwise` where there is none.
  template <FromValue T>
  T get(std::string_view name, T otherwise) const {
    const auto found = find(name);
    return found == end() ? std::move(otherwise) : found->second.template as<T>();
  }
};

/// What a function is called with.
struct Arguments {
  Value::Array positional;
  Keywords keywords;
};

namespace detail {

/// A function as the engine calls it: arguments are converted, and so is the result.
struct Function {
  std::size_t arity = 0;
  bool takes_keywords = false;
  std::function<int(const Arguments&)> run;         ///< the exit code: what an int function returns, else 0
  std::function<Value(const Arguments&)> evaluate;  ///< empty where the result is no Value
  void (*key)() = nullptr;                          ///< which function it is; null for other callables
};

template <class... P>
constexpr bool ends_in_keywords = false;
template <class P>
constexpr bool ends_in_keywords<P> = std::same_as<std::remove_cvref_t<P>, Keywords>;
template <class P, class Q, class... R>
constexpr bool ends_in_keywords<P, Q, R...> = ends_in_keywords<Q, R...>;

template <class P>
constexpr bool is_parameter = !std::is_lvalue_reference_v<P> || std::is_const_v<std::remove_reference_t<P>>;

template <class P>
decltype(auto) argument(const Arguments& given, std::size_t index) {
  using T = std::remove_cvref_t<P>;
  if constexpr (std::same_as<T, Keywords>) {
    return Keywords(given.keywords);
  } else {
    static_assert(FromValue<T>,
                  "a parameter's type has no brood::Convert: it cannot come from another process");
    return given.positional[index].template as<T>();
  }
}

template <class R, class... P, class F>
R invoke_with(F& function, const Arguments& given) {
  return [&]<std::size_t... i>(std::index_sequence<i...>)->R {
    return static_cast<R>(function(argument<P>(given, i)...));
  }
  (std::index_sequence_for<P...>());
}

template <class R, class... P, class F>
Function describe(F function) {
  static_assert((is_parameter<P> && ...),
                "a parameter that is a reference must be to const: the caller is in another process");
  // Shared, so that what can only be moved can be a target, too.
  auto shared = std::make_shared<F>(std::move(function));
  Function made;
  made.takes_keywords = ends_in_keywords<P...>;
  made.arity = sizeof...(P) - (made.takes_keywords ? 1 : 0);
  made.run = [shared](const Arguments& given) -> int {
    if constexpr (std::same_as<R, int>) {
      return invoke_with<R, P...>(*shared, given);
    } else {
      invoke_with<void, P...>(*shared, given);
      return 0;
    }
  };
  if constexpr (std::is_void_v<R>) {
    made.evaluate = [shared](const Arguments& given) -> Value {
      invoke_with<void, P...>(*shared, given);
      return {};
    };
  } else if constexpr (ToValue<std::remove_cvref_t<R>>) {
    made.evaluate = [shared](const Arguments& given) -> Value {
      return Convert<std::remove_cvref_t<R>>::to(invoke_with<R, P...>(*shared, given));
    };
  }
  return made;
}

template <class R, class... P>
Function function_from(R (*function)(P...)) {
  Function made = describe<R, P...>(function);
  made.key = reinterpret_cast<void (*)()>(function);
  return made;
}

template <class F, class C, class R, class... P>
Function method_from(F function, R (C::*)(P...)) {
  return describe<R, P...>(std::move(function));
}
template <class F, class C, class R, class... P>
Function method_from(F function, R (C::*)(P...) const) {
  return describe<R, P...>(std::move(function));
}

template <class F>
Function function_of(F function) {
  if constexpr (std::is_pointer_v<F>)
    return function_from(function);
  else if constexpr (requires { &F::operator(); })
    return method_from(std::move(function), &F::operator());
  else  // overloaded or generic: only without arguments
    return describe<std::invoke_result_t<F&>>(std::move(function));
}

/// Makes a function known, in this image and every other one of this program, by its name and the file that says so.
bool add_target(const char* name, const char* file, Function function);
/// What a registered function is called between processes, "NAME@FILE"; empty if it has no name. Errc::bad_value if
/// another one is called the same.
std::string target_name(void (*key)());
/// Its NAME.
std::string_view bare_name(std::string_view target) noexcept;
/// In a build elsewhere files may be called differently: then the name alone will do, where there is one of it.
/// Errc::not_transferable.
const Function& find_target(const std::string& target);

}  // namespace detail

/// What a Process runs. Nothing, a command, or anything that can be called: a function, a lambda, an object.
class Target {
 public:
  Target() noexcept = default;
  Target(Command command) : argv_(std::move(command.argv)) {}
  template <class F>
  requires(!std::same_as<std::decay_t<F>, Target> && !std::same_as<std::decay_t<F>, Command>)
      Target(F&& function)
      : function_(detail::function_of<std::decay_t<F>>(std::forward<F>(function))) {}

  const std::optional<std::vector<std::string>>& argv() const noexcept { return argv_; }
  const std::optional<detail::Function>& function() const noexcept { return function_; }

 private:
  std::optional<std::vector<std::string>> argv_;
  std::optional<detail::Function> function_;
};

}  // namespace brood

#define BROOD_JOIN_WORDS(a, b) a##b
#define BROOD_JOIN(a, b) BROOD_JOIN_WORDS(a, b)

/// Makes a function one that also a fresh image of this program can find, by the word that is given here and the file:
/// a target for every start method, and for Pool. At namespace scope, once for each function, in the program itself or
/// an object file that is linked into it for sure. Its parameters and its result must be convertible (brood/value.hpp).
#define BROOD_TARGET(function)                                                \
  [[maybe_unused]] static const bool BROOD_JOIN(brood_target_, __COUNTER__) = \
      ::brood::detail::add_target(#function, __FILE__, ::brood::detail::function_of(&function))
