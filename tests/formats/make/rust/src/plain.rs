//! The `log` facade behind env_logger, fern, flexi_logger and log4rs.
use std::time::Duration;

use serde_json::json;

use crate::{ms, Step, Told, Voice};

struct Log;

pub fn voice(name: &str) -> anyhow::Result<Box<dyn Voice>> {
    match name {
        "env-logger" => env_logger::Builder::new()
            .filter_level(log::LevelFilter::Debug)
            .format_timestamp_millis()
            .target(env_logger::Target::Stdout)
            .init(),
        "fern" => fern::Dispatch::new()
            .format(|out, message, record| {
                out.finish(format_args!(
                    "[{} {} {}] {}",
                    chrono::Utc::now().format("%Y-%m-%dT%H:%M:%SZ"),
                    record.level(),
                    record.target(),
                    message
                ))
            })
            .chain(std::io::stdout())
            .apply()?,
        "flexi-logger" => {
            let handle = flexi_logger::Logger::try_with_str("debug")?
                .log_to_stdout()
                .format(flexi_logger::detailed_format)
                .start()?;
            std::mem::forget(handle);
        }
        _ => {
            let encoder: Box<dyn log4rs::encode::Encode> = if name == "log4rs-json" {
                Box::new(log4rs::encode::json::JsonEncoder::new())
            } else {
                Box::new(log4rs::encode::pattern::PatternEncoder::new(
                    "{d} {l} {t} - {m}{n}",
                ))
            };
            let appender = log4rs::append::console::ConsoleAppender::builder()
                .encoder(encoder)
                .build();
            let root = log4rs::config::Root::builder()
                .appender("out")
                .build(log::LevelFilter::Debug);
            log4rs::init_config(
                log4rs::Config::builder()
                    .appender(log4rs::config::Appender::builder().build("out", Box::new(appender)))
                    .build(root)?,
            )?;
        }
    }
    Ok(Box::new(Log))
}

impl Voice for Log {
    fn opening(&mut self, told: &mut Told) {
        log::info!("listening on 0.0.0.0:8080");
        told.tell(json!({"level": "info", "message": "listening on 0.0.0.0:8080"}));
        log::debug!("pool: 10 connections, 3 idle");
        told.tell(json!({"level": "debug", "message": "pool: 10 connections, 3 idle"}));
    }

    fn trouble(&mut self, s: &Step, took: Duration, error: Option<anyhow::Error>, told: &mut Told) {
        match (s.trouble.as_str(), error) {
            (_, Some(error)) => {
                let text = format!(
                    "call to {} failed after {}ms: {error:#}",
                    s.dep,
                    took.as_millis()
                );
                log::error!(target: "loan_api::partners", "{text}");
                told.tell(json!({"level": "error", "message": text, "dependency": s.dep, "latency_ms": took.as_millis() as u64}));
            }
            ("slow", _) => {
                let text = format!("{} responded in {:.1?} (budget 50ms)", s.dep, took);
                log::warn!(target: "loan_api::partners", "{text}");
                told.tell(json!({"level": "warn", "message": text, "dependency": s.dep, "latency_ms": (ms(took) * 10.).round() / 10.}));
            }
            ("retry", _) => {
                let text = format!(
                    "retrying {} after {}ms (attempt 1)",
                    s.dep,
                    took.as_millis()
                );
                log::warn!(target: "loan_api::partners", "{text}");
                told.tell(json!({"level": "warn", "message": text, "dependency": s.dep, "latency_ms": took.as_millis() as u64}));
            }
            ("open", _) => {
                let text = format!("circuit breaker for {} is open", s.dep);
                log::error!(target: "loan_api::partners", "{text}");
                told.tell(json!({"level": "error", "message": text, "dependency": s.dep}));
            }
            ("denied", _) => {
                let text = format!("invalid credentials for {}", s.user);
                log::warn!(target: "loan_api::auth", "{text}");
                told.tell(json!({"level": "warn", "message": text}));
            }
            ("crash", _) => {
                let error = s
                    .loan
                    .parse::<u8>()
                    .map(u32::from)
                    .or_else(|_| "x".parse::<u32>())
                    .expect_err("the loan is no small number");
                let text = format!("request failed: {error}");
                log::error!("{text}");
                told.tell(json!({"level": "error", "message": text}));
            }
            _ => {}
        }
    }

    fn done(&mut self, s: &Step, told: &mut Told) {
        let text = format!("{} {} {} {:?}", s.method, s.target, s.status, s.took());
        log::info!(target: "loan_api::access", "{text}");
        told.tell(json!({"kind": "request", "level": "info", "message": text, "method": s.method, "path": s.path, "status": s.status, "latency_ms": ms(s.took())}));
    }
}
