//! The function: handles one invocation and returns its answer, within the time that the invocation
//! has.

use atalaya_aws::dynamo::DynamoStore;
use atalaya_core::settings::Settings;
use atalaya_flow::Flow;
use atalaya_flow::mask_key::Seed;
use atalaya_lambda::deadline::{now_ms, within};
use atalaya_lambda::environment::Environment;
use atalaya_lambda::failure::Failure;
use atalaya_lambda::output::Output;
use atalaya_lambda::settings_cache::SettingsCache;
use atalaya_logs::mask::KEY_BYTES;
use lambda_runtime::LambdaEvent;
use serde_json::value::RawValue;
use tokio::sync::Mutex;

use crate::handler::{Answer, Handler};

/// The system gave no random bytes, of which the deployment's mask key would be made.
#[derive(Debug, thiserror::Error)]
#[error("system gives no random bytes")]
pub(crate) struct NoRandomBytes(#[from] getrandom::Error);

/// The function between Lambda and its handler.
pub(crate) struct Function {
    store: DynamoStore,
    /// Lambda sends one event at a time, so this lock is never contended.
    handler: Mutex<Handler<DynamoStore>>,
}

impl Function {
    /// Opens the function over a store.
    ///
    /// # Errors
    /// If the system gives no random bytes.
    pub(crate) fn new(store: DynamoStore, environment: Environment) -> Result<Self, NoRandomBytes> {
        let mut seed: Seed = [0; KEY_BYTES];
        getrandom::fill(&mut seed)?;
        let flow = Flow::new(store.clone(), Settings::default()).deployed(seed);
        let settings_cache = SettingsCache::new(&environment);
        let output = Output::of_process();
        let handler = Handler::new(
            flow,
            settings_cache,
            environment.clock,
            environment.function,
            output,
        );
        Ok(Self {
            store,
            handler: Mutex::new(handler),
        })
    }

    /// Handles one invocation. The event's bytes are passed on unchanged, because they are parsed
    /// in place.
    pub(crate) async fn handle(
        &self,
        event: LambdaEvent<Box<RawValue>>,
    ) -> Result<Answer, Failure> {
        let mut handler = self.handler.lock().await;
        handler.serve_by(within(&self.store, &event.context));
        let event = event.payload.get().as_bytes();
        handler.handle(event, now_ms()).await.map_err(Failure)
    }
}
