//! Whether a name is the class of something thrown: the one judgement, for stack traces, JSON and prose.

/// How the names of classes that are thrown end, by the conventions of all languages.
const ENDINGS: [&str; 19] = [
    "Error",
    "Exception",
    "Failure",
    "Fault",
    "Timeout",
    "TimeOut",
    "TimedOut",
    "Interrupt",
    "Exit",
    "Throwable",
    "NotFound",
    "Invalid",
    "Unavailable",
    "Refused",
    "Denied",
    "Expired",
    "Warning",
    "Abort",
    "Panic",
];

/// The longest name that is taken for a class, in bytes.
pub(crate) const MOST_BYTES: usize = 200;

/// What separates a class from its package, namespace, module or outer class.
const SEPARATORS: [char; 4] = ['.', '\\', '$', ':'];

/// How a name shows that it is a class that is thrown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// It is an ending and nothing else: `Error`, `Timeout`. JavaScript throws such, but in a sentence it is a word.
    Bare,
    /// It ends as such classes do: `ReadTimeout`, `java.net.ConnectException`, `redis.Error`.
    Named,
    /// It stands behind a package, a namespace or a module, and could be any class: `loans.service.UpstreamDown`.
    Qualified,
}

impl Class {
    /// Returns whether the name alone shows that it is the class of an exception.
    pub(crate) const fn is_thrown(self) -> bool {
        matches!(self, Self::Bare | Self::Named)
    }
}

/// Judges a name; `None` where it is that of no class.
pub(crate) fn judge(name: &str) -> Option<Class> {
    let class = name.rsplit(SEPARATORS).next()?;
    let is_part =
        |c: char| c.is_alphanumeric() || matches!(c, '_' | '`') || SEPARATORS.contains(&c);
    if !class.starts_with(char::is_uppercase)
        || name.len() > MOST_BYTES
        || !name.chars().all(is_part)
    {
        return None;
    }
    let qualified = is_qualified(name);
    match ENDINGS.iter().find(|ending| class.ends_with(*ending)) {
        Some(ending) if class == *ending && !qualified => Some(Class::Bare),
        Some(_) => Some(Class::Named),
        None => (qualified && class.contains(char::is_lowercase)).then_some(Class::Qualified),
    }
}

/// Returns whether the name of a class has that of a package, a namespace or a module in front of it.
pub(crate) fn is_qualified(name: &str) -> bool {
    let parts = name.rsplit(SEPARATORS);
    parts.filter(|part| !part.is_empty()).nth(1).is_some()
}

#[cfg(test)]
mod tests {
    use super::Class::{Bare, Named, Qualified};
    use super::*;
    use crate::json::Str;
    use crate::record;

    /// Each kind of name, and what it is judged to be.
    const NAMES: &[(&str, &str, Option<Class>)] = &[
        ("Java", "java.net.SocketTimeoutException", Some(Named)),
        (
            "an inner class",
            "com.example.Loan$UpstreamTimeout",
            Some(Named),
        ),
        ("Python", "KeyError", Some(Named)),
        (
            "Python's module",
            "botocore.exceptions.ClientError",
            Some(Named),
        ),
        ("Python's warning", "DeprecationWarning", Some(Named)),
        ("Python's exit", "SystemExit", Some(Named)),
        ("JavaScript", "TypeError", Some(Named)),
        ("JavaScript's own", "Error", Some(Bare)),
        ("a timeout", "Timeout", Some(Bare)),
        ("Ruby", "ActiveRecord::RecordNotFound", Some(Named)),
        ("Ruby's module", "Faraday::Error", Some(Named)),
        ("PHP", "App\\Exception\\ScoringTimeout", Some(Named)),
        ("PHP's root", "\\RuntimeException", Some(Named)),
        (".NET", "System.InvalidOperationException", Some(Named)),
        (".NET's generics", "Loans.Failure`1", Some(Qualified)),
        ("a refusal", "AccessDenied", Some(Named)),
        ("what has expired", "TokenExpired", Some(Named)),
        ("what has timed out", "RequestTimedOut", Some(Named)),
        (
            "any class of a module",
            "loans.service.UpstreamDown",
            Some(Qualified),
        ),
        ("any class", "UpstreamDown", None),
        ("a constant of a module", "loans.DOWN", None),
        ("a word", "error", None),
        ("a word in capitals", "ERROR", None),
        ("a file", "loans.py", None),
        ("a path", "/srv/loans/Error", None),
        ("a call", "KeyError('x')", None),
        ("nothing", "", None),
    ];

    #[test]
    fn names_are_judged() {
        let wrong: Vec<_> = { NAMES.iter() }
            .filter(|(_, name, expected)| judge(name) != *expected)
            .map(|(kind, name, _)| format!("{kind}: {name}: {:?}", judge(name)))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert_eq!(judge(&format!("{}Error", "x.".repeat(100))), None);
    }

    fn error_of(line: &str) -> Option<String> {
        let mut memory = String::new();
        let fields = record::read(Str::bare(line.as_bytes()), &mut memory);
        fields.error_type.map(|class| class.text().into_owned())
    }

    /// A stack trace, a member of an object and a line of prose give the same class. Backslashes are
    /// escaped in an object, which is read in place.
    #[test]
    fn a_class_is_the_same_wherever_it_stands() {
        let named = { NAMES.iter() }
            .filter(|(_, name, judged)| *judged == Some(Named) && !name.contains('\\'));
        let wrong: Vec<_> = named
            .map(|(kind, name, _)| {
                let stack = format!("{name}: it broke\n    at a.b(c:1)");
                let object = serde_json::json!({"level": "error", "stack": stack}).to_string();
                let prose =
                    format!("2026-11-21 08:04:03 ERROR [main] loans.api - {name}: it broke");
                let trace = crate::exception::read(&stack).map(|found| found.class.to_owned());
                (kind, [trace, error_of(&object), error_of(&prose)], name)
            })
            .filter(|(_, found, name)| found.iter().any(|class| class.as_deref() != Some(name)))
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn what_a_traceback_ends_with_is_its_class_whatever_it_is_called() {
        for class in ["UpstreamDown", "StopIteration", "loans.Closed", "KeyError"] {
            let text = format!(
                "Traceback (most recent call last):\n  File \"a.py\", line 1, in f\n    g()\n{class}: x"
            );
            let trace = crate::exception::read(&text).map(|found| found.class.to_owned());
            let object = serde_json::json!({"level": "error", "exc_info": text}).to_string();
            assert_eq!(trace.as_deref(), Some(class));
            assert_eq!(error_of(&object).as_deref(), Some(class));
        }
    }
}
