//! How the reference service answers one request: which dependencies it calls in which order, how
//! long each takes, what goes wrong on an ordinary day, and how the active effects change that.

use super::rng::Rng;
use super::scenario::{Change, Failure, Offset, Scenario};
use super::traffic::Arrival;

/// A route of `loan-api`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// `POST /loan/apply`: the credit decision, the only route that asks scoring.
    Apply,
    /// `GET /loan/{id}/status`.
    Status,
    /// `GET /loan/{id}`.
    Loan,
    /// `POST /loan/{id}/documents`.
    Documents,
    /// `POST /offer/{id}/accept`.
    Accept,
    /// `POST /auth/token`.
    Token,
}

impl Route {
    /// Every route that clients call.
    pub(crate) const ALL: [Self; 6] = [
        Self::Apply,
        Self::Status,
        Self::Loan,
        Self::Documents,
        Self::Accept,
        Self::Token,
    ];

    /// Returns the route's share of ordinary traffic; the shares add up to 1.
    pub(crate) fn share(self) -> f64 {
        self.profile().share
    }

    /// Returns the method and the path, with `id` where the route has one.
    pub(crate) fn method_and_path(self, id: u64) -> (&'static str, String) {
        match self {
            Self::Apply => ("POST", "/loan/apply".to_owned()),
            Self::Status => ("GET", format!("/loan/{id}/status")),
            Self::Loan => ("GET", format!("/loan/{id}")),
            Self::Documents => ("POST", format!("/loan/{id}/documents")),
            Self::Accept => ("POST", format!("/offer/{id}/accept")),
            Self::Token => ("POST", "/auth/token".to_owned()),
        }
    }

    /// Returns the handler's class name in the service's code, for stack traces.
    pub(crate) fn handler(self) -> &'static str {
        match self {
            Self::Apply => "LoanApplicationController.apply",
            Self::Status => "LoanController.status",
            Self::Loan => "LoanController.show",
            Self::Documents => "DocumentController.upload",
            Self::Accept => "OfferController.accept",
            Self::Token => "TokenController.issue",
        }
    }

    fn profile(self) -> Profile {
        use Dependency::{Aurora, Auth, Scoring};
        let (share, own_ms, own_sigma, refusal, calls): (_, _, _, _, &'static [Dependency]) =
            match self {
                Self::Apply => (0.26, 58.0, 0.30, (422, 0.03), &[Auth, Scoring, Aurora]),
                Self::Status => (0.32, 11.0, 0.35, (404, 0.025), &[Auth, Aurora]),
                Self::Loan => (0.16, 14.0, 0.35, (404, 0.03), &[Auth, Aurora]),
                Self::Documents => (0.08, 145.0, 0.50, (415, 0.03), &[Auth, Aurora]),
                Self::Accept => (0.06, 42.0, 0.35, (409, 0.04), &[Auth, Aurora]),
                Self::Token => (0.12, 5.0, 0.40, (401, 0.05), &[Auth]),
            };
        Profile {
            share,
            own_ms,
            own_sigma,
            refusal,
            calls,
        }
    }
}

/// What is ordinary for a route.
struct Profile {
    share: f64,
    own_ms: f64,
    own_sigma: f64,
    /// The 4xx answer that this route gives to its clients' mistakes, and its share.
    refusal: (u16, f64),
    calls: &'static [Dependency],
}

/// Something that `loan-api` calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dependency {
    /// The external scoring provider's gateway, an ECS service of the same account.
    Scoring,
    /// The Aurora PostgreSQL cluster.
    Aurora,
    /// The internal token service.
    Auth,
}

impl Dependency {
    /// Returns the name that the log lines use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scoring => "scoring",
            Self::Aurora => "aurora",
            Self::Auth => "auth",
        }
    }

    /// Returns the median duration in milliseconds and the standard deviation of its logarithm.
    fn ordinary(self) -> (f64, f64) {
        match self {
            Self::Scoring => (252.0, 0.30),
            Self::Aurora => (19.0, 0.45),
            Self::Auth => (8.5, 0.35),
        }
    }

    /// Returns what happens when a call outlasts the client's timeout, and the timeout itself.
    fn timeout(self) -> Failure {
        let (words, duration_ms, status) = match self {
            Self::Scoring => ("read timed out after 3000 ms", 3_000.0, 504),
            Self::Aurora => ("query timed out after 2000 ms", 2_000.0, 504),
            Self::Auth => ("read timed out after 1000 ms", 1_000.0, 502),
        };
        Failure {
            error_type: "ReadTimeout",
            words,
            duration_ms,
            status,
        }
    }

    /// Returns the share of calls that fail on an ordinary day, always by timeout.
    fn ordinary_failures(self) -> f64 {
        match self {
            Self::Scoring => 0.000_8,
            Self::Aurora => 0.000_3,
            Self::Auth => 0.000_2,
        }
    }
}

/// The share of requests that the service's own code fails on an ordinary day.
const OWN_FAILURES: f64 = 0.002;

/// The share of requests that take 15 to 60 times their own time, for a pause of the runtime.
const PAUSES: f64 = 0.002;

/// A request that has been answered.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) route: Route,
    pub(crate) id: u64,
    /// When the answer left.
    pub(crate) at: Offset,
    pub(crate) latency_ms: f64,
    pub(crate) status: u16,
    pub(crate) calls: Vec<Call>,
    /// The exception of the service's own code, when that is what failed.
    pub(crate) exception: Option<&'static str>,
    /// When the request came in, which an X-Ray trace id begins with.
    pub(crate) begun: Offset,
    /// The 24 digits that an X-Ray trace id ends with.
    pub(crate) trace: String,
}

/// One call to a dependency.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) dependency: Dependency,
    /// When it ended, well or not.
    pub(crate) at: Offset,
    pub(crate) duration_ms: f64,
    pub(crate) failure: Option<Failure>,
}

/// Answers one request under the effects acting at the moment it arrives.
pub(crate) fn serve(scenario: &Scenario, arrival: Arrival, rng: &mut Rng) -> Served {
    let Arrival { at, route, refused } = arrival;
    let profile = route.profile();
    let mut own_ms = rng.lognormal(profile.own_ms, profile.own_sigma);
    if rng.chance(PAUSES) {
        own_ms *= 15.0 + 45.0 * rng.unit();
    }
    // A client's mistake is detected after the token has been checked and before anything costly,
    // except that only the database can detect a missing loan.
    let (mistake, mistakes) = profile.refusal;
    let refused = refused.or_else(|| rng.chance(mistakes).then_some(mistake));
    let planned = match refused {
        Some(404 | 409) | None => profile.calls,
        Some(_) => &[Dependency::Auth],
    };

    let mut served = Served {
        route,
        id: recent_id(at, rng),
        at,
        latency_ms: own_ms,
        status: refused.unwrap_or(200),
        calls: Vec::with_capacity(planned.len()),
        exception: None,
        begun: at,
        trace: rng.hex(24),
    };
    for &dependency in planned {
        let (duration_ms, failure) = call(scenario, at, route, dependency, rng);
        served.latency_ms += duration_ms;
        let ended = at + served.latency_ms as Offset;
        served.calls.push(Call {
            dependency,
            at: ended,
            duration_ms,
            failure,
        });
        if let Some(failure) = failure {
            served.status = failure.status;
            break;
        }
    }
    if served.status == 200 {
        served.exception = own_failure(scenario, at, route, rng);
        if served.exception.is_some() {
            served.status = 500;
        }
    }
    served.at = at + served.latency_ms as Offset;
    served
}

/// Draws the duration of one call, and its failure if it fails.
fn call(
    scenario: &Scenario,
    at: Offset,
    route: Route,
    dependency: Dependency,
    rng: &mut Rng,
) -> (f64, Option<Failure>) {
    let (mut median, mut sigma) = dependency.ordinary();
    let timeout = dependency.timeout();
    let mut failure = rng
        .chance(dependency.ordinary_failures())
        .then_some(timeout);
    for (change, strength) in scenario.acting(at) {
        match change {
            Change::SlowCalls {
                dependency: slow,
                factor,
                spread,
            } if *slow == dependency => {
                // A strength of one half is half-way on the scale that latencies live on.
                median *= libm::pow(*factor, strength);
                sigma += spread * strength;
            }
            Change::FailCalls {
                dependency: failing,
                routes,
                share,
                failure: how,
            } if *failing == dependency
                && routes.contains(&route)
                && rng.chance(share * strength) =>
            {
                failure = Some(*how);
            }
            _ => {}
        }
    }
    let drawn = rng.lognormal(median, sigma);
    match failure {
        None if drawn < timeout.duration_ms => (drawn, None),
        None => (overrun(timeout, rng), Some(timeout)),
        Some(how) => (overrun(how, rng), Some(how)),
    }
}

/// Returns a failure's duration and the little that a timer adds to it.
fn overrun(failure: Failure, rng: &mut Rng) -> f64 {
    failure.duration_ms + rng.lognormal(1.2, 0.6)
}

/// Returns the exception that the service's own code throws on this request, if any.
fn own_failure(
    scenario: &Scenario,
    at: Offset,
    route: Route,
    rng: &mut Rng,
) -> Option<&'static str> {
    const ORDINARY: [&str; 3] = [
        "java.lang.NullPointerException",
        "java.lang.IllegalStateException",
        "java.util.ConcurrentModificationException",
    ];
    for (change, strength) in scenario.acting(at) {
        if let Change::FailOwn {
            routes,
            share,
            exception,
        } = change
            && routes.contains(&route)
            && rng.chance(share * strength)
        {
            return Some(exception);
        }
    }
    rng.chance(OWN_FAILURES)
        .then(|| ORDINARY[rng.below(ORDINARY.len() as u64) as usize])
}

/// Returns the id of a loan of the last few hours; ids depend on time alone, so that no request
/// influences another's path.
fn recent_id(at: Offset, rng: &mut Rng) -> u64 {
    const FIRST: u64 = 41_000;
    const RECENT: u64 = 1_500;
    let newest = FIRST + (at / super::scenario::MINUTE) as u64 * 4;
    newest - rng.below(RECENT)
}
