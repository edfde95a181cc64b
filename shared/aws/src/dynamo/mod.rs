//! The store in DynamoDB: one table for windows and documents.
//!
//! A merge is one `UpdateItem`: the sums, the batch's key and the condition that the key is new are
//! one atomic write. Calls are retried with jitter; [`DynamoStore::with_deadline`] keeps all
//! attempts within the time that an invocation has left.

mod error;
mod item;
pub mod table;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use atalaya_core::time::Minute;
use atalaya_core::window::{self, Part, Window};
use atalaya_flow::store::{DocKey, Document, DocumentKind, Merge, Save, Store, StoreError};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Config, Region, SharedCredentialsProvider, StalledStreamProtectionConfig,
};
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::RequestId;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ReturnConsumedCapacity,
    ReturnValuesOnConditionCheckFailure, ScalarAttributeType,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;

use crate::access::{Access, Service};
use error::{Fault, PATIENCE};
use item::{Attributes, Expression, WriteToken};
use table::{Meter, Unit, Units};

/// The time limit of one attempt: DynamoDB answers within some tens of milliseconds, so an answer
/// that takes longer is considered lost.
const ATTEMPT: Duration = Duration::from_secs(3);
const CONNECT: Duration = Duration::from_secs(1);

/// Waits between attempts are random up to 50 ms, doubling to 2 s: nine of them last some five seconds.
const ATTEMPTS: u32 = 10;
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// The table of a deployed Atalaya. Clones are cheap and share connections and meter.
#[derive(Debug, Clone)]
pub struct DynamoStore {
    client: Client,
    table: Arc<str>,
    region: Arc<str>,
    deadline: Option<Instant>,
    meter: Option<Arc<Meter>>,
    tokens: Arc<AtomicU32>,
}

impl DynamoStore {
    /// Returns the store in a table. Nothing is sent yet.
    #[must_use]
    pub fn new(access: &Access, table: &str) -> Self {
        let retries = RetryConfig::standard()
            .with_max_attempts(ATTEMPTS)
            .with_initial_backoff(FIRST_WAIT)
            .with_max_backoff(LONGEST_WAIT);
        let times = TimeoutConfig::builder()
            .connect_timeout(CONNECT)
            .operation_attempt_timeout(ATTEMPT)
            .build();
        let mut config = Config::builder()
            .behavior_version(BehaviorVersion::v2026_01_12())
            .region(Region::new(access.region.clone()))
            .credentials_provider(SharedCredentialsProvider::new(access.credentials.clone()))
            .http_client(access.http(Service::DynamoDb))
            .retry_config(retries)
            .timeout_config(times)
            // Answers are small, and an attempt has its own time limit.
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
        config.set_endpoint_url(access.endpoint(Service::DynamoDb).map(str::to_owned));
        // The first token is random, so that two functions that run at the same time do not write
        // the same tokens.
        let first = RandomState::new().build_hasher().finish() as u32;
        Self {
            client: Client::from_conf(config.build()),
            table: table.into(),
            region: access.region.as_str().into(),
            deadline: None,
            meter: None,
            tokens: Arc::new(AtomicU32::new(first)),
        }
    }

    /// Returns the store with a deadline after which no call continues: an invocation must not
    /// outlive its own deadline.
    #[must_use]
    pub fn with_deadline(&self, deadline: Instant) -> Self {
        Self {
            deadline: Some(deadline),
            ..self.clone()
        }
    }

    /// Returns the store with a meter of its own that counts the units used from now on, for it and its clones.
    #[must_use]
    pub fn metered(&self) -> Self {
        Self {
            meter: Some(Arc::default()),
            ..self.clone()
        }
    }

    /// Returns the units used so far; zero if there is no meter. Refused conditional writes are not
    /// included, because their answers do not state the units.
    #[must_use]
    pub fn units(&self) -> Units {
        self.meter
            .as_ref()
            .map_or(Units::default(), |meter| meter.units())
    }

    /// Creates the table if it is missing, for tests and local runs. Expiry is not set up;
    /// Terraform does that.
    pub async fn create_table(&self) -> Result<(), StoreError> {
        let key = |name, kind| {
            KeySchemaElement::builder()
                .attribute_name(name)
                .key_type(kind)
                .build()
        };
        let text = |name| {
            AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S)
                .build()
        };
        let complete = "name and type are given";
        let create = self
            .client
            .create_table()
            .table_name(&*self.table)
            .billing_mode(BillingMode::PayPerRequest)
            .key_schema(key(table::PARTITION_KEY, KeyType::Hash).expect(complete))
            .key_schema(key(table::SORT_KEY, KeyType::Range).expect(complete))
            .attribute_definitions(text(table::PARTITION_KEY).expect(complete))
            .attribute_definitions(text(table::SORT_KEY).expect(complete));
        match self.call(create.send()).await {
            Ok(_) | Err(Failure::Refused(CreateTableError::ResourceInUseException(_), _)) => Ok(()),
            Err(failure) => Err(failure.fault().at("creation", "keys", &self.table)),
        }
    }

    /// Awaits a call within the time that is left.
    async fn call<T, E>(
        &self,
        call: impl Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    ) -> Result<T, Failure<E>>
    where
        E: ProvideErrorMetadata + RequestId + std::error::Error + 'static,
    {
        let now = Instant::now();
        let left = self
            .deadline
            .map_or(PATIENCE, |deadline| deadline.saturating_duration_since(now));
        if left.is_zero() {
            return Err(Failure::Other(Fault::Deadline));
        }
        match tokio::time::timeout(left, call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                let fault = Fault::of(&error, &self.table, &self.region);
                Err(match error {
                    SdkError::ServiceError(refusal) => Failure::Refused(refusal.into_err(), fault),
                    _ => Failure::Other(fault),
                })
            }
            Err(_) if self.deadline.is_some() => Err(Failure::Other(Fault::Deadline)),
            Err(_) => Err(Failure::Other(Fault::Timeout)),
        }
    }

    fn token(&self) -> WriteToken {
        WriteToken(self.tokens.fetch_add(1, Ordering::Relaxed).to_be_bytes())
    }

    /// Returns whether AWS is asked to report the units of a call.
    fn told(&self) -> Option<ReturnConsumedCapacity> {
        self.meter.as_ref().map(|_| ReturnConsumedCapacity::Total)
    }

    fn count(&self, unit: Unit, used: Option<&aws_sdk_dynamodb::types::ConsumedCapacity>) {
        if let Some(meter) = &self.meter {
            meter.add(unit, used);
        }
    }

    async fn update(&self, part: &Part, partition: &str) -> Result<Merge, Fault> {
        let token = self.token();
        let Expression {
            text,
            condition,
            names,
            values,
        } = Expression::merge(part, token);
        let item = &part.item;
        let update = self
            .client
            .update_item()
            .table_name(&*self.table)
            .key(table::PARTITION_KEY, item::string(partition))
            .key(
                table::SORT_KEY,
                item::string(item::window_sort(item.page, item.shard)),
            )
            .update_expression(text)
            .condition_expression(condition)
            .set_expression_attribute_names((!names.is_empty()).then_some(names))
            .set_expression_attribute_values(Some(values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_return_consumed_capacity(self.told());
        match self.call(update.send()).await {
            Ok(answer) => {
                self.count(Unit::Write, answer.consumed_capacity());
                Ok(Merge::Added)
            }
            Err(Failure::Refused(UpdateItemError::ConditionalCheckFailedException(refusal), _)) => {
                // The SDK retries a write whose answer was lost. If that first attempt was applied,
                // the item carries this call's token, and the part counts as added now.
                let ours = refusal.item().is_some_and(|found| token.is_on(found));
                Ok(if ours { Merge::Added } else { Merge::Repeated })
            }
            Err(failure) => Err(failure.fault()),
        }
    }

    async fn put(&self, key: &DocKey, expected: u64, body: &str) -> Result<Save, Fault> {
        let token = self.token();
        let document = Document {
            id: key.id.clone(),
            version: expected + 1,
            body: body.into(),
        };
        let Expression {
            condition, values, ..
        } = item::replaces(expected);
        let put = self
            .client
            .put_item()
            .table_name(&*self.table)
            .set_item(Some(item::document(key.kind, &key.scope, &document, token)))
            .condition_expression(condition)
            .set_expression_attribute_values((!values.is_empty()).then_some(values))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .set_return_consumed_capacity(self.told());
        match self.call(put.send()).await {
            Ok(answer) => {
                self.count(Unit::Write, answer.consumed_capacity());
                Ok(Save::Saved)
            }
            Err(Failure::Refused(PutItemError::ConditionalCheckFailedException(refusal), _)) => {
                let ours = refusal.item().is_some_and(|found| token.is_on(found));
                Ok(if ours { Save::Saved } else { Save::Conflict })
            }
            Err(failure) => Err(failure.fault()),
        }
    }

    async fn get(&self, key: &DocKey) -> Result<Option<Document>, Fault> {
        let partition = item::document_partition(key.kind, &key.scope);
        let get = self
            .client
            .get_item()
            .table_name(&*self.table)
            .key(table::PARTITION_KEY, item::string(partition))
            .key(table::SORT_KEY, item::string(&*key.id))
            .consistent_read(true)
            .set_return_consumed_capacity(self.told());
        let answer = self.call(get.send()).await.map_err(Failure::fault)?;
        self.count(Unit::Read, answer.consumed_capacity());
        Ok(answer.item().map(item::read_document).transpose()?)
    }

    /// Reads the items of a partition, consistently: all from the first, or at most `limit` from the last backwards.
    async fn query(
        &self,
        partition: String,
        from: &str,
        limit: Option<usize>,
    ) -> Result<Vec<Attributes>, Fault> {
        let mut values = Attributes::from([(":p".into(), item::string(partition))]);
        let mut condition = "PK = :p";
        if !from.is_empty() {
            condition = "PK = :p AND SK >= :f";
            values.insert(":f".into(), item::string(from));
        }
        let mut found = Vec::new();
        let mut start = None;
        loop {
            let missing = limit.map(|limit| limit - found.len());
            if missing == Some(0) {
                return Ok(found);
            }
            let query = self
                .client
                .query()
                .table_name(&*self.table)
                .key_condition_expression(condition)
                .set_expression_attribute_values(Some(values.clone()))
                .consistent_read(true)
                .scan_index_forward(limit.is_none())
                .set_limit(missing.map(|n| i32::try_from(n).unwrap_or(i32::MAX)))
                .set_exclusive_start_key(start)
                .set_return_consumed_capacity(self.told());
            let answer = self.call(query.send()).await.map_err(Failure::fault)?;
            self.count(Unit::Read, answer.consumed_capacity());
            found.extend(answer.items.unwrap_or_default());
            match answer.last_evaluated_key {
                Some(last) => start = Some(last),
                None => return Ok(found),
            }
        }
    }
}

impl Store for DynamoStore {
    async fn merge(&self, part: &Part) -> Result<Merge, StoreError> {
        let partition = item::window_partition(&part.item.service, part.item.minute);
        let merged = self.update(part, &partition).await;
        merged.map_err(|fault| fault.at("merge", &partition, &self.table))
    }

    async fn window(&self, service: &str, minute: Minute) -> Result<Window, StoreError> {
        let partition = item::window_partition(service, minute);
        // A consistent read, at twice the price: totals that were merged a moment ago are judged
        // now.
        let total = async {
            let mut total = Window::new();
            for found in self.query(partition.clone(), "", None).await? {
                let page = item::page(&found)?;
                window::merge(&mut total, &item::sums(page, &found)?);
            }
            Ok(total)
        };
        let read = total.await;
        read.map_err(|fault: Fault| fault.at("read", &partition, &self.table))
    }

    async fn load(&self, key: &DocKey) -> Result<Option<Document>, StoreError> {
        let loaded = self.get(key).await;
        loaded.map_err(|fault| fault.at("read", &told(key), &self.table))
    }

    async fn save(&self, key: &DocKey, expected: u64, body: &str) -> Result<Save, StoreError> {
        let saved = self.put(key, expected, body).await;
        saved.map_err(|fault| fault.at("save", &told(key), &self.table))
    }

    async fn list(
        &self,
        kind: DocumentKind,
        scope: &str,
        from: &str,
        limit: usize,
    ) -> Result<Vec<Document>, StoreError> {
        let partition = item::document_partition(kind, scope);
        let listed = async {
            let found = self.query(partition.clone(), from, Some(limit)).await?;
            let newest_first = found.iter().map(item::read_document);
            let mut documents = newest_first.collect::<Result<Vec<_>, _>>()?;
            documents.reverse();
            Ok(documents)
        };
        let read = listed.await;
        read.map_err(|fault: Fault| fault.at("list", &partition, &self.table))
    }
}

fn told(key: &DocKey) -> String {
    format!(
        "{}/{}",
        item::document_partition(key.kind, &key.scope),
        key.id
    )
}

/// A failed call: AWS's error, if it sent one, and its meaning.
enum Failure<E> {
    Refused(E, Fault),
    Other(Fault),
}

impl<E> Failure<E> {
    fn fault(self) -> Fault {
        match self {
            Self::Refused(_, fault) | Self::Other(fault) => fault,
        }
    }
}
