//! The names in the settings of a service, and which of them a log means: a route with other
//! placeholders, or a dependency under an alias.

use atalaya_logs::route;

use super::ServiceSettings;
use crate::series::SeriesKind;

impl ServiceSettings {
    /// Returns the routes that are named: those of `routes`, and those that objectives are about.
    pub(crate) fn named_routes(&self) -> impl Iterator<Item = &str> {
        let objectives = self.slos.iter().filter_map(|slo| slo.route.as_ref());
        self.routes.iter().chain(objectives).map(String::as_str)
    }

    /// Returns the named route that a log calls `told`, whatever the names of its placeholders.
    pub(crate) fn route(&self, told: &str) -> Option<&str> {
        self.named_routes()
            .find(|named| route::is_same(named, told))
    }

    /// Returns whether the settings name a series.
    pub(crate) fn names(&self, kind: SeriesKind, name: &str) -> bool {
        match kind {
            SeriesKind::Route => self.named_routes().any(|named| named == name),
            SeriesKind::Dependency => self.dependencies.contains_key(name),
            SeriesKind::Lines | SeriesKind::Warning | SeriesKind::Error => false,
        }
    }

    /// Returns the dependency that a log calls `told`: by exact name or alias, else without regard
    /// to case, because host names have none.
    pub fn dependency(&self, told: &str) -> Option<&str> {
        if let Some((name, _)) = self.dependencies.get_key_value(told) {
            return Some(name);
        }
        let called = |same: fn(&str, &str) -> bool| {
            let mut all = self.dependencies.iter();
            let found = all.find(|(name, dependency)| {
                same(name, told) || dependency.aliases.iter().any(|alias| same(alias, told))
            });
            found.map(|(name, _)| name.as_str())
        };
        called(|a, b| a == b).or_else(|| called(str::eq_ignore_ascii_case))
    }
}

#[cfg(test)]
mod tests {
    use crate::settings::Settings;

    #[test]
    fn a_dependency_has_one_name_whatever_logs_call_it() {
        let text = "services:
  api:
    log_groups: [/a]
    dependencies:
      scoring: { aliases: [scoring.example.net, risk-engine] }
      Auth: { aliases: [AUTH-v2] }
      auth: {}
";
        let settings = Settings::parse(text).expect("is without fault");
        let service = settings.service("api").expect("is named");
        let rows = [
            ("the name", "scoring", Some("scoring")),
            ("the name in another case", "Scoring", Some("scoring")),
            ("a host", "scoring.example.net", Some("scoring")),
            (
                "a host in another case",
                "Scoring.Example.NET",
                Some("scoring"),
            ),
            ("another alias", "risk-engine", Some("scoring")),
            ("what is written wins over case", "auth", Some("auth")),
            ("as does the other", "Auth", Some("Auth")),
            ("an alias in lower case", "auth-v2", Some("Auth")),
            ("a part of a host", "example.net", None),
            ("a longer name", "scoring-v2", None),
            ("nothing", "", None),
        ];
        for (row, told, expected) in rows {
            assert_eq!(service.dependency(told), expected, "{row}");
        }
    }

    #[test]
    fn a_named_route_is_met_under_other_placeholders() {
        let text = "services:
  listed: { log_groups: [/a], routes: [\"/loan/{id}/status\", /loan/apply] }
  promised:
    log_groups: [/b]
    slos: [{ name: a, objective: 99, route: \"/loan/{id}/status\" }]
";
        let settings = Settings::parse(text).expect("is without fault");
        let rows = [
            ("as written", "/loan/{id}/status", Some("/loan/{id}/status")),
            (
                "another placeholder",
                "/loan/{loan_id}/status/",
                Some("/loan/{id}/status"),
            ),
            ("a placeholder for a word", "/loan/{id}/{what}", None),
            ("a word for a placeholder", "/loan/17/status", None),
            ("a shorter one", "/loan/{id}", None),
        ];
        for (row, told, expected) in rows {
            for service in ["listed", "promised"] {
                let service = settings.service(service).expect("is named");
                assert_eq!(service.route(told), expected, "{row}");
            }
        }
    }
}
