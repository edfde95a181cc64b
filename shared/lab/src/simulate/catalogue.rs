//! The scenarios that can be asked for by name.

use super::SimulateError;
use super::scenario::{
    Bursts, CauseKind, Change, DAY, Deployment, Effect, Failure, Incident, MINUTE, Scenario, clock,
};
use super::service::{Dependency, Route};

/// The names in the catalogue, as the command line shows them.
pub const NAMES: [&str; 4] = [
    "reference-incident",
    "own-deploy",
    "aurora-failover",
    "quiet[:DAYS]",
];

/// Monday 2026-01-05T00:00:00Z, where every scenario begins.
const START_MS: i64 = 1_767_571_200_000;

/// The most days that `quiet:DAYS` accepts: the lines are held in memory until written.
const MOST_DAYS: i64 = 60;

/// Returns the scenario of that name.
///
/// # Errors
///
/// [`SimulateError::UnknownScenario`] or [`SimulateError::Days`], both with what is accepted.
pub fn find(name: &str) -> Result<Scenario, SimulateError> {
    match name.split_once(':') {
        None => match name {
            "reference-incident" => Ok(reference_incident()),
            "own-deploy" => Ok(own_deploy()),
            "aurora-failover" => Ok(aurora_failover()),
            "quiet" => Ok(quiet(3)),
            _ => Err(SimulateError::UnknownScenario(name.to_owned())),
        },
        Some(("quiet", days)) => match days.parse() {
            Ok(days) if (1..=MOST_DAYS).contains(&days) => Ok(quiet(days)),
            _ => Err(SimulateError::Days {
                given: days.to_owned(),
                most: MOST_DAYS,
            }),
        },
        Some(_) => Err(SimulateError::UnknownScenario(name.to_owned())),
    }
}

/// Returns `days` ordinary days, with the harmless effects of such days.
fn quiet(days: i64) -> Scenario {
    let length = days * DAY;
    let mut scenario = Scenario {
        name: "quiet".to_owned(),
        start_ms: START_MS,
        length,
        effects: ordinary_events(),
        deployments: vec![Deployment {
            service: "loan-api",
            at: clock(1, 10, 30),
            took: 4 * MINUTE + 12_000,
            note: "An ordinary release of loan-api that breaks nothing.",
        }],
        incidents: Vec::new(),
    };
    if days != 3 {
        scenario.name = format!("quiet:{days}");
    }
    scenario.effects.retain(|effect| effect.to <= length);
    scenario
        .deployments
        .retain(|deployment| deployment.at + deployment.took < length);
    scenario
}

/// Returns three ordinary days and a fourth one until `length`, on which something may go wrong.
fn working_days(name: &str, length: i64) -> Scenario {
    Scenario {
        name: name.to_owned(),
        length,
        ..quiet(3)
    }
}

/// Returns the effects of an ordinary week that are no incident.
fn ordinary_events() -> Vec<Effect> {
    vec![
        Effect {
            from: clock(1, 14, 10),
            to: clock(1, 14, 22),
            rise: 0,
            fall: 0,
            bursts: None,
            change: Change::Refused {
                route: Route::Status,
                per_minute: 9.0,
                status: 401,
            },
            note: "One client polls with an expired token and is refused; nobody else notices.",
        },
        Effect {
            from: clock(2, 11, 0),
            to: clock(2, 11, 30),
            rise: 3 * MINUTE,
            fall: 5 * MINUTE,
            bursts: None,
            change: Change::Traffic {
                routes: &Route::ALL,
                factor: 1.4,
            },
            note: "A campaign brings 40 % more traffic, all of it healthy.",
        },
    ]
}

/// The scoring provider's gateway times out: the proxy in between answers with a bad gateway.
const BAD_GATEWAY: Failure = Failure {
    error_type: "BadGateway",
    words: "upstream answered 502 after retries",
    duration_ms: 2_400.0,
    status: 502,
};

/// No connection of the pool came free in time, because the cluster hands out no more.
const POOL_TIMEOUT: Failure = Failure {
    error_type: "PoolTimeout",
    words: "no connection within 2000 ms (FATAL: remaining connection slots are reserved for \
            roles with the SUPERUSER attribute)",
    duration_ms: 2_000.0,
    status: 503,
};

/// The writer is gone and its successor not yet known.
const CONNECTION_REFUSED: Failure = Failure {
    error_type: "ConnectionRefused",
    words: "connection to loans.cluster-c1a2b3.us-east-1.rds.amazonaws.com:5432 refused",
    duration_ms: 12.0,
    status: 503,
};

/// A pooled connection still leads to the old writer, which reads only.
const READ_ONLY: Failure = Failure {
    error_type: "ReadOnlySqlTransaction",
    words: "cannot execute INSERT in a read-only transaction",
    duration_ms: 9.0,
    status: 500,
};

/// The reference incident: an overnight deployment of scoring with a changed retry policy
/// saturates in the morning and, in its wake, exhausts the service's connections to Aurora.
fn reference_incident() -> Scenario {
    let mut scenario = working_days("reference-incident", clock(3, 12, 30));
    let [from, rolled_back, to] = [clock(3, 8, 42), clock(3, 9, 22), clock(3, 9, 42)];
    let deployed = clock(3, 2, 10);
    scenario.deployments.extend([
        Deployment {
            service: "scoring",
            at: deployed,
            took: 3 * MINUTE + 41_000,
            note: "The scoring release with the changed retry policy: the cause.",
        },
        Deployment {
            service: "scoring",
            at: rolled_back,
            took: 4 * MINUTE + 26_000,
            note: "The mitigation: scoring is rolled back.",
        },
    ]);
    scenario.effects.extend([
        Effect {
            from: deployed,
            to: rolled_back,
            rise: 4 * MINUTE,
            fall: 0,
            bursts: None,
            change: Change::SlowCalls {
                dependency: Dependency::Scoring,
                factor: 1.08,
                spread: 0.02,
            },
            note: "Scoring's new retries cost a little, which the night's traffic hardly shows.",
        },
        Effect {
            from,
            to,
            rise: 90_000,
            fall: to - rolled_back,
            bursts: None,
            change: Change::SlowCalls {
                dependency: Dependency::Scoring,
                factor: 8.1,
                spread: 0.21,
            },
            note: "Retries pile up on scoring: calls take eight times as long, many time out.",
        },
        Effect {
            from,
            to,
            rise: 90_000,
            fall: to - rolled_back,
            bursts: None,
            change: Change::FailCalls {
                dependency: Dependency::Scoring,
                routes: &[Route::Apply],
                share: 0.04,
                failure: BAD_GATEWAY,
            },
            note: "Some calls to scoring end in a bad gateway instead of a timeout.",
        },
        Effect {
            from: clock(3, 8, 55),
            to: clock(3, 9, 34),
            rise: 3 * MINUTE,
            fall: 11 * MINUTE,
            bursts: Some(Bursts {
                every: 95_000,
                on: 50_000,
            }),
            change: Change::FailCalls {
                dependency: Dependency::Aurora,
                routes: &[Route::Apply, Route::Status],
                share: 0.24,
                failure: POOL_TIMEOUT,
            },
            note: "Requests held by scoring exhaust the Aurora connections, now and then.",
        },
        Effect {
            from: clock(3, 8, 48),
            to: clock(3, 9, 48),
            rise: 6 * MINUTE,
            fall: 15 * MINUTE,
            bursts: None,
            change: Change::Traffic {
                routes: &[Route::Accept],
                factor: 0.6,
            },
            note: "Fewer applications completed, so fewer offers to accept.",
        },
    ]);
    scenario.incidents.push(Incident {
        from,
        to,
        cause: CauseKind::Dependency,
        name: Dependency::Scoring.name(),
        deployment: Some(scenario.deployments.len() - 2),
    });
    scenario
}

/// A release of the service itself breaks its own code path; no dependency is involved.
fn own_deploy() -> Scenario {
    let mut scenario = working_days("own-deploy", clock(3, 18, 0));
    let [deployed, rolled_back] = [clock(3, 14, 5), clock(3, 14, 47)];
    let rolling = 4 * MINUTE;
    scenario.deployments.extend([
        Deployment {
            service: "loan-api",
            at: deployed,
            took: rolling,
            note: "The faulty release of loan-api: the cause.",
        },
        Deployment {
            service: "loan-api",
            at: rolled_back,
            took: rolling,
            note: "The mitigation: loan-api is rolled back.",
        },
    ]);
    // The first of three tasks is replaced a minute into the rollout, the last at its end.
    let [from, to] = [deployed + MINUTE, rolled_back + rolling];
    scenario.effects.push(Effect {
        from,
        to,
        rise: 2 * MINUTE,
        fall: 3 * MINUTE,
        bursts: None,
        change: Change::FailOwn {
            routes: &[Route::Apply, Route::Documents],
            share: 0.35,
            exception: "com.fasterxml.jackson.databind.exc.MismatchedInputException",
        },
        note: "The new release cannot read a third of the applicants' forms.",
    });
    scenario.incidents.push(Incident {
        from,
        to,
        cause: CauseKind::Change,
        name: "loan-api",
        deployment: Some(scenario.deployments.len() - 2),
    });
    scenario
}

/// Aurora fails over: refused connections for a minute, then stale ones until the pool is clean.
fn aurora_failover() -> Scenario {
    const ON_AURORA: &[Route] = &[
        Route::Apply,
        Route::Status,
        Route::Loan,
        Route::Documents,
        Route::Accept,
    ];
    let mut scenario = working_days("aurora-failover", clock(3, 16, 0));
    let from = clock(3, 11, 17);
    let promoted = from + 75_000;
    let to = from + 8 * MINUTE;
    scenario.effects.extend([
        Effect {
            from,
            to: promoted,
            rise: 5_000,
            fall: 10_000,
            bursts: None,
            change: Change::FailCalls {
                dependency: Dependency::Aurora,
                routes: ON_AURORA,
                share: 0.95,
                failure: CONNECTION_REFUSED,
            },
            note: "The Aurora writer is gone; almost every connection is refused.",
        },
        Effect {
            from: promoted - 10_000,
            to,
            rise: 10_000,
            fall: 5 * MINUTE,
            bursts: None,
            change: Change::FailCalls {
                dependency: Dependency::Aurora,
                routes: &[Route::Apply, Route::Documents, Route::Accept],
                share: 0.45,
                failure: READ_ONLY,
            },
            note: "Pooled connections still lead to the old writer, which now only reads.",
        },
        Effect {
            from,
            to,
            rise: 20_000,
            fall: 6 * MINUTE,
            bursts: None,
            change: Change::SlowCalls {
                dependency: Dependency::Aurora,
                factor: 4.0,
                spread: 0.2,
            },
            note: "The new writer's cache is cold.",
        },
    ]);
    scenario.incidents.push(Incident {
        from,
        to,
        cause: CauseKind::Dependency,
        name: Dependency::Aurora.name(),
        deployment: None,
    });
    scenario
}
