//! A client of emulated AWS services, for what tests do and observe from outside: it puts log
//! lines, invokes functions and reads queues, as users and AWS itself would.
//!
//! Requests name their region and service as a signature does, and are not signed: no emulator checks it.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use ureq::http::{Request, Response};
use ureq::{Agent, Body};

/// The region of the bed.
pub const REGION: &str = "us-east-1";

/// The account of the emulators.
pub const ACCOUNT: &str = "000000000000";

/// How long one answer may take: a function that waits for a throttled table may take its whole minute.
const PATIENCE: Duration = Duration::from_mins(2);

/// The most events that CloudWatch Logs takes, and gives, at once.
const EVENTS_AT_ONCE: usize = 10_000;

/// A client of all services at one address.
#[derive(Debug, Clone)]
pub struct Aws {
    endpoint: String,
    agent: Agent,
}

/// A log event on its way in: milliseconds since the epoch, and its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When it was written, in milliseconds since the epoch.
    pub at_ms: i64,
    /// The line.
    pub message: String,
}

/// The answer of a function to a synchronous invocation.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// Its answer; where it failed, its error with `errorType` and `errorMessage`.
    pub body: Value,
    /// Whether it failed.
    pub failed: bool,
}

/// A message received from a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its text.
    pub body: String,
    /// The handle by which it is deleted.
    pub receipt: String,
}

impl Aws {
    /// Returns a client of the services at an address such as `http://127.0.0.1:4566`.
    #[must_use]
    pub fn at(endpoint: String) -> Self {
        Self {
            endpoint,
            agent: agent(PATIENCE),
        }
    }

    /// Calls an operation of a service that speaks JSON; `target` is what stands before the operation's name.
    ///
    /// # Errors
    /// If the service cannot be reached or refuses.
    pub fn call(
        &self,
        service: &str,
        target: &str,
        operation: &str,
        body: &Value,
    ) -> anyhow::Result<Value> {
        let request = Request::post(&self.endpoint)
            .header("Authorization", authorization(service))
            .header("X-Amz-Target", format!("{target}.{operation}"))
            .header("Content-Type", "application/x-amz-json-1.1");
        let answer = self.send(request, &serde_json::to_vec(body)?)?;
        let (status, text) = read(answer)?;
        ensure!(
            status == 200,
            "{service} refuses {operation}: {status} {text}"
        );
        if text.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_str(&text).with_context(|| format!("{operation} answers {text}"))
    }

    /// Creates a log group; one that is there already is fine.
    ///
    /// # Errors
    /// As [`Aws::call`].
    pub fn create_log_group(&self, group: &str) -> anyhow::Result<()> {
        self.unless_there("CreateLogGroup", &json!({ "logGroupName": group }))
    }

    /// Puts lines into a stream of a log group, which is made if it is missing, as one request for each 10,000.
    ///
    /// # Errors
    /// As [`Aws::call`].
    pub fn put_log_lines(
        &self,
        group: &str,
        stream: &str,
        lines: &[LogLine],
    ) -> anyhow::Result<()> {
        let names = json!({ "logGroupName": group, "logStreamName": stream });
        self.unless_there("CreateLogStream", &names)?;
        for lines in lines.chunks(EVENTS_AT_ONCE) {
            let events: Vec<_> = lines
                .iter()
                .map(|line| json!({ "timestamp": line.at_ms, "message": line.message }))
                .collect();
            let mut body = names.clone();
            body["logEvents"] = events.into();
            self.logs("PutLogEvents", &body)?;
        }
        Ok(())
    }

    /// Returns the messages of the events of a log group since a moment, in milliseconds since the epoch.
    ///
    /// # Errors
    /// As [`Aws::call`], and if there are more than one answer holds: ministack drops the rest
    /// without saying so.
    pub fn log_lines(&self, group: &str, since_ms: i64) -> anyhow::Result<Vec<String>> {
        let body = json!({ "logGroupName": group, "startTime": since_ms });
        let answer = self.logs("FilterLogEvents", &body)?;
        let Some(events) = answer["events"].as_array() else {
            bail!("FilterLogEvents answers {answer}");
        };
        ensure!(
            events.len() < EVENTS_AT_ONCE,
            "{group} holds more events than one answer"
        );
        let messages = events.iter().map(|event| event["message"].as_str());
        let messages: Option<Vec<_>> = messages.map(|message| message.map(str::to_owned)).collect();
        messages.context("an event has a message")
    }

    /// Invokes a function and waits for its answer.
    ///
    /// # Errors
    /// If it cannot be invoked; a function that fails is no error here.
    pub fn invoke(&self, function: &str, event: &[u8]) -> anyhow::Result<Answered> {
        let answer = self.invocation(function, "RequestResponse", event)?;
        let failed = answer.headers().contains_key("X-Amz-Function-Error");
        let (status, text) = read(answer)?;
        ensure!(status == 200, "{function} was not invoked: {status} {text}");
        let body = serde_json::from_str(&text).with_context(|| format!("it answers {text}"))?;
        Ok(Answered { body, failed })
    }

    /// Invokes a function asynchronously, as AWS itself does: a failed invocation is retried, and
    /// then goes to the failure destination.
    ///
    /// # Errors
    /// If the event is not taken.
    pub fn invoke_later(&self, function: &str, event: &[u8]) -> anyhow::Result<()> {
        let (status, text) = read(self.invocation(function, "Event", event)?)?;
        ensure!(status == 202, "{function} was not invoked: {status} {text}");
        Ok(())
    }

    /// Adds variables to a function's environment; they hold in the next version that is published.
    ///
    /// # Errors
    /// If the function is missing or the change refused.
    pub fn add_environment(&self, function: &str, more: &[(&str, &str)]) -> anyhow::Result<()> {
        let path = format!("2015-03-31/functions/{function}/configuration");
        let mut configuration = self.rest("GET", &path, &Value::Null)?;
        let mut variables = configuration["Environment"]["Variables"].take();
        for (name, value) in more {
            variables[name] = json!(value);
        }
        let body = json!({ "Environment": { "Variables": variables } });
        self.rest("PUT", &path, &body)?;
        Ok(())
    }

    /// Calls a service of Lambda by its method and path; returns its answer.
    ///
    /// # Errors
    /// If it is refused.
    pub fn rest(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let body = match body {
            Value::Null => Vec::new(),
            body => serde_json::to_vec(body)?,
        };
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/{path}", self.endpoint))
            .header("Authorization", authorization("lambda"))
            .header("Content-Type", "application/json");
        let (status, text) = read(self.send(request, &body)?)?;
        ensure!(
            (200..300).contains(&status),
            "{method} {path}: {status} {text}"
        );
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Receives messages of a queue, ten at most; they stay in it, unseen for a while.
    ///
    /// # Errors
    /// As [`Aws::call`].
    pub fn receive(&self, queue: &str) -> anyhow::Result<Vec<Message>> {
        let body = json!({ "QueueUrl": queue, "MaxNumberOfMessages": 10, "VisibilityTimeout": 1 });
        let answer = self.call("sqs", "AmazonSQS", "ReceiveMessage", &body)?;
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        let text = |message: &Value, key: &str| {
            let text = message[key].as_str().context("a message has texts");
            text.map(str::to_owned)
        };
        messages
            .iter()
            .map(|message| {
                Ok(Message {
                    body: text(message, "Body")?,
                    receipt: text(message, "ReceiptHandle")?,
                })
            })
            .collect()
    }

    /// Deletes a message from a queue.
    ///
    /// # Errors
    /// As [`Aws::call`].
    pub fn delete(&self, queue: &str, message: &Message) -> anyhow::Result<()> {
        let body = json!({ "QueueUrl": queue, "ReceiptHandle": message.receipt });
        self.call("sqs", "AmazonSQS", "DeleteMessage", &body)?;
        Ok(())
    }

    /// Returns how many messages a queue holds, seen and unseen.
    ///
    /// # Errors
    /// As [`Aws::call`].
    pub fn depth(&self, queue: &str) -> anyhow::Result<u64> {
        const COUNTS: [&str; 2] = [
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
        ];
        let body = json!({ "QueueUrl": queue, "AttributeNames": COUNTS });
        let answer = self.call("sqs", "AmazonSQS", "GetQueueAttributes", &body)?;
        let mut depth = 0;
        for count in COUNTS {
            let count = answer["Attributes"][count]
                .as_str()
                .context("a queue has depths")?;
            depth += count.parse::<u64>()?;
        }
        Ok(depth)
    }

    /// Calls an operation of DynamoDB.
    ///
    /// # Errors
    /// As [`Aws::call`].
    pub fn dynamodb(&self, operation: &str, body: &Value) -> anyhow::Result<Value> {
        self.call("dynamodb", "DynamoDB_20120810", operation, body)
    }

    /// Stores a secret under a parameter's name.
    ///
    /// # Errors
    /// As [`Aws::call`].
    pub fn put_secret(&self, name: &str, value: &str) -> anyhow::Result<()> {
        let body =
            json!({ "Name": name, "Value": value, "Type": "SecureString", "Overwrite": true });
        self.call("ssm", "AmazonSSM", "PutParameter", &body)?;
        Ok(())
    }

    /// Subscribes an address of HTTP to a topic, which sends it a token to confirm by.
    ///
    /// # Errors
    /// If SNS refuses.
    pub fn subscribe(&self, topic: &str, address: &str) -> anyhow::Result<()> {
        let form = [("Protocol", "http"), ("Endpoint", address)];
        self.sns("Subscribe", topic, &form)
    }

    /// Confirms a subscription by its token.
    ///
    /// # Errors
    /// If SNS refuses.
    pub fn confirm(&self, topic: &str, token: &str) -> anyhow::Result<()> {
        self.sns("ConfirmSubscription", topic, &[("Token", token)])
    }

    fn sns(&self, action: &str, topic: &str, more: &[(&str, &str)]) -> anyhow::Result<()> {
        let mut form = vec![
            ("Action", action),
            ("Version", "2010-03-31"),
            ("TopicArn", topic),
        ];
        form.extend(more);
        let request = self.agent.post(&self.endpoint);
        let request = request.header("Authorization", authorization("sns"));
        let answer = request.send_form(form).context("cannot reach SNS")?;
        let (status, text) = read(answer)?;
        ensure!(status == 200, "SNS refuses {action}: {status} {text}");
        Ok(())
    }

    /// Stops a rule of EventBridge, such as a schedule.
    ///
    /// # Errors
    /// As [`Aws::call`].
    pub fn disable_rule(&self, rule: &str) -> anyhow::Result<()> {
        self.call(
            "events",
            "AWSEvents",
            "DisableRule",
            &json!({ "Name": rule }),
        )?;
        Ok(())
    }

    fn logs(&self, operation: &str, body: &Value) -> anyhow::Result<Value> {
        self.call("logs", "Logs_20140328", operation, body)
    }

    fn unless_there(&self, operation: &str, body: &Value) -> anyhow::Result<()> {
        match self.logs(operation, body) {
            Err(error) if !error.to_string().contains("AlreadyExists") => Err(error),
            _ => Ok(()),
        }
    }

    fn invocation(
        &self,
        function: &str,
        kind: &str,
        event: &[u8],
    ) -> anyhow::Result<Response<Body>> {
        let address = format!(
            "{}/2015-03-31/functions/{function}/invocations",
            self.endpoint
        );
        let request = Request::post(address)
            .header("Authorization", authorization("lambda"))
            .header("Content-Type", "application/json")
            .header("X-Amz-Invocation-Type", kind);
        self.send(request, event)
    }

    fn send(
        &self,
        request: ureq::http::request::Builder,
        body: &[u8],
    ) -> anyhow::Result<Response<Body>> {
        let request = request.body(body)?;
        let answer = self.agent.run(request);
        answer.with_context(|| format!("cannot reach {}", self.endpoint))
    }
}

/// Returns whether an address answers with success.
pub(crate) fn answers(address: &str) -> bool {
    let answer = agent(Duration::from_secs(5)).get(address).call();
    answer.is_ok_and(|answer| answer.status().is_success())
}

/// Replaces the resource at an address by JSON.
pub(crate) fn send_json(address: &str, body: &Value) -> anyhow::Result<()> {
    let answer = agent(PATIENCE)
        .post(address)
        .content_type("application/json")
        .send(&serde_json::to_vec(body)?)?;
    let (status, text) = read(answer)?;
    ensure!((200..300).contains(&status), "{address}: {status} {text}");
    Ok(())
}

/// Returns the JSON at an address.
pub(crate) fn get_json(address: &str) -> anyhow::Result<Value> {
    let (status, text) = read(agent(PATIENCE).get(address).call()?)?;
    ensure!(status == 200, "{address}: {status} {text}");
    Ok(serde_json::from_str(&text)?)
}

fn agent(patience: Duration) -> Agent {
    // A refusal is an answer too: its body is more useful than its status.
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(patience));
    config.build().into()
}

fn read(mut answer: Response<Body>) -> anyhow::Result<(u16, String)> {
    let status = answer.status().as_u16();
    let body = answer.body_mut().with_config().limit(u64::MAX);
    Ok((status, body.read_to_string()?))
}

/// Returns the header of a signed request that names region and service; the emulators read them
/// there.
fn authorization(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=none"
    )
}
