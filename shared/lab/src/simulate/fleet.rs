//! The service's tasks: three at any time, each with a log stream of its own, replaced one after
//! the other when the service itself is deployed.

use super::rng::Rng;
use super::scenario::{Offset, Scenario};

/// The service that writes the logs.
pub(crate) const SERVICE: &str = "loan-api";

/// How many tasks serve at any time.
const TASKS: usize = 3;

/// The lane of the rng for the tasks' names, beside the one of the traffic's wander.
const FLEET_LANE: u64 = u64::MAX - 1;

/// One ECS task and the stretch in which it takes requests.
#[derive(Debug)]
pub(crate) struct Task {
    /// The name of its log stream.
    pub(crate) stream: String,
    /// When it began to take requests; `None` if that was before the logs begin.
    pub(crate) from: Option<Offset>,
    /// When it stopped taking requests; `None` if the logs end first.
    pub(crate) to: Option<Offset>,
}

impl Task {
    fn serves(&self, at: Offset) -> bool {
        self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at < to)
    }
}

/// Every task of a scenario.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) tasks: Vec<Task>,
}

impl Fleet {
    /// Lays out the tasks: the first three, and three more for each deployment of the service.
    pub(crate) fn new(scenario: &Scenario, seed: u64) -> Self {
        let mut rng = Rng::new(seed, FLEET_LANE);
        let mut tasks: Vec<Task> = (0..TASKS).map(|_| task(None, &mut rng)).collect();
        let mut serving: Vec<usize> = (0..TASKS).collect();
        for deployment in &scenario.deployments {
            if deployment.service != SERVICE {
                continue;
            }
            for (slot, index) in serving.iter_mut().enumerate() {
                let part = deployment.took / (TASKS as Offset + 1);
                let handover = deployment.at + part * (slot as Offset + 1);
                tasks[*index].to = Some(handover);
                *index = tasks.len();
                tasks.push(task(Some(handover), &mut rng));
            }
        }
        Self { tasks }
    }

    /// Returns the index of one of the tasks serving at `at`, each as likely as the others.
    pub(crate) fn pick(&self, at: Offset, rng: &mut Rng) -> usize {
        let serving: Vec<usize> = (0..self.tasks.len())
            .filter(|index| self.tasks[*index].serves(at))
            .collect();
        serving[rng.below(serving.len() as u64) as usize]
    }
}

fn task(from: Option<Offset>, rng: &mut Rng) -> Task {
    Task {
        stream: format!("{SERVICE}/app/{}", rng.hex(32)),
        from,
        to: None,
    }
}
