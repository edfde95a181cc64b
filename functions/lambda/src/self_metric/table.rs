//! The table itself: a row for each metric of each function.

use super::Function::{Changes, Ingest, Notify, Sweep};
use super::Watch::{CoveredBy, NoAlarm};
use super::{Alarm, Function, Row, SelfMetric, Watch};

/// All self-metrics, by function, in the order in which documents list them.
pub const TABLE: &[Row] = &[
    row(
        Ingest,
        SelfMetric::Received,
        "log events that came in",
        NoAlarm("the dead-man alarms of the log groups tell when nothing comes"),
    ),
    row(
        Ingest,
        SelfMetric::Records,
        "of those: records",
        NoAlarm("a share of `Received`; how many there are is the services' affair"),
    ),
    row(
        Ingest,
        SelfMetric::Continuations,
        "of those: lines that go on with a record, such as frames of a stack trace",
        NoAlarm("a share of `Received`; how many there are is the services' affair"),
    ),
    row(
        Ingest,
        SelfMetric::Rejected,
        "of those: could not be taken (`malformed_event`, `cut_off`, `unreadable_delivery`)",
        Watch::Alarm(Alarm::at_once(
            "rejected",
            "Deliveries or events could not be read. If CloudWatch sent them, it is a bug to report.",
            "ingest's log names the reason and the sequence number; a direct delivery is in the failure queue, and a \
             record of the Kinesis stream in the failure bucket when its attempts are spent.",
        )),
    ),
    row(
        Ingest,
        SelfMetric::Filtered,
        "of those: left out on purpose, such as Atalaya's own log groups",
        NoAlarm("left out on purpose; a subscription to an own log group is an ERROR in the log"),
    ),
    row(
        Ingest,
        SelfMetric::Duplicates,
        "of those: in batches that were counted before",
        NoAlarm("deliveries that come again are usual, and change nothing"),
    ),
    row(
        Ingest,
        SelfMetric::Control,
        "control messages of CloudWatch Logs",
        NoAlarm("CloudWatch Logs sends them to see whether it is let in"),
    ),
    row(
        Ingest,
        SelfMetric::Windows,
        "series-minutes that took something new",
        NoAlarm("follows the traffic of the services"),
    ),
    row(
        Ingest,
        SelfMetric::SeriesFolded,
        "series counted as `other` because a cap was reached",
        NoAlarm(
            "nothing is lost; one service with free-form routes would keep an alarm on for ever",
        ),
    ),
    row(
        Ingest,
        SelfMetric::MetricsRefused,
        "documents that CloudWatch would have dropped without a word",
        Watch::Alarm(Alarm::at_once(
            "metrics-refused",
            "Metric documents were left out that CloudWatch would have dropped without a word, because their minute is \
             too old or a name cannot be a dimension. The windows have the sums.",
            "Lines older than two weeks need no remedy, and a clock that is hours ahead is to be set; a refused name is a \
             bug to report.",
        )),
    ),
    row(
        Ingest,
        SelfMetric::ExcerptFailures,
        "excerpts of failures that could not be stored; the batch was counted all the same",
        Watch::Alarm(Alarm::after_15_minutes(
            "excerpts-failing",
            "Excerpts of failures could not be stored for 15 minutes, so that messages come without log lines. Counts \
             are right. The table throttles, or the role of ingest may not write to it.",
            "See the table's throttles on the dashboard {name}-pipeline and ingest's log; compare the role with \
             `terraform plan`.",
        )),
    ),
    row(
        Ingest,
        SelfMetric::OpenMinuteFailures,
        "services whose open minute could not be evaluated; the batch was counted all the same, and `sweep` evaluates \
         the minute when it is closed",
        Watch::Alarm(Alarm::after_15_minutes(
            "open-minutes-failing",
            "Open minutes could not be evaluated for 15 minutes, so that incidents are told minutes late, by sweep. \
             Counts are right. The table throttles, or the role of ingest may not read or write what it must.",
            "See the table's throttles on the dashboard {name}-pipeline and ingest's log; compare the role with \
             `terraform plan`.",
        )),
    ),
    row(
        Ingest,
        SelfMetric::ConservationBroken,
        "1 if `Received` is not the sum of what became of the events: a bug",
        Watch::Alarm(Alarm::at_once(
            "conservation-broken",
            "Log events that came in are not the sum of what became of them: a bug.",
            "Keep the batch (ingest's log has the request id), roll back to the former version and report it.",
        )),
    ),
    row(
        Ingest,
        SelfMetric::Failures,
        "deliveries, or records of a stream, that failed and come again or go to the failure destination",
        Watch::Alarm(Alarm::after_15_minutes(
            "ingest-failing",
            "Deliveries or stream records fail for 15 minutes. They come again or are in the failure destination.",
            "ingest's log says why. Mend it, then run infra/redrive.",
        )),
    ),
    row(
        Ingest,
        SelfMetric::ConfigRefused,
        "1 while the settings that were deployed last are refused",
        CoveredBy("config-refused"),
    ),
    row(
        Sweep,
        SelfMetric::Sweeps,
        "services whose due minutes are closed",
        CoveredBy("no-sweep"),
    ),
    row(
        Sweep,
        SelfMetric::SweepFailures,
        "services whose minutes could not be closed, or whose hours could not be rolled up; the next round goes on where this one stopped",
        Watch::Alarm(Alarm::after_15_minutes(
            "sweep-failing",
            "Minutes that are due could not be closed for 15 minutes: missing requests, slow burns and recovery go \
             unseen for at least one service. The table throttles, or a stored state cannot be read.",
            "sweep's log names each service and why. If {name}-sweep-errors is on too, the table is not reachable.",
        )),
    ),
    row(
        Sweep,
        SelfMetric::ConfigRefused,
        "1 while the settings that were deployed last are refused",
        Watch::Alarm(Alarm::at_once(
            "config-refused",
            "The deployed atalaya.yaml has faults; the last good one is used.",
            "sweep's log tells each fault with its line, as `atalaya check` does. Mend it and apply.",
        )),
    ),
    row(
        Changes,
        SelfMetric::Changes,
        "changes that were kept",
        NoAlarm("a week without a deployment is no trouble"),
    ),
    row(
        Changes,
        SelfMetric::Failures,
        "events of ECS that could not be kept; Lambda tries again, then they go to the failure queue",
        CoveredBy("changes-errors"),
    ),
    row(
        Notify,
        SelfMetric::Received,
        "records of the table's stream",
        NoAlarm("follows the incidents"),
    ),
    row(
        Notify,
        SelfMetric::Filtered,
        "of those: tell of no incident",
        NoAlarm("left out on purpose"),
    ),
    row(
        Notify,
        SelfMetric::Delivered,
        "messages that a channel took",
        NoAlarm("follows the incidents; what a channel does not take is `DeliveryFailures`"),
    ),
    row(
        Notify,
        SelfMetric::Duplicates,
        "messages that had been delivered before, when a record came again",
        NoAlarm("records that come again are usual, and nobody is told twice"),
    ),
    row(
        Notify,
        SelfMetric::DeliveryFailures,
        "messages that a channel did not take at this attempt, or that wait for an earlier one to the same channel",
        Watch::Alarm(Alarm::at_once(
            "delivery-failures",
            "A channel did not take a message. It is tried again unless the channel refused it for good, and the topic \
             {name}-alerts has it.",
            "See notify's log for the channel and its answer; check the secret and the receiver.",
        )),
    ),
    row(
        Notify,
        SelfMetric::EnrichmentFailures,
        "excerpts or related metrics that could not be had for a message",
        NoAlarm("the message itself says what it lacks"),
    ),
    row(
        Notify,
        SelfMetric::Failures,
        "records that come again",
        CoveredBy("notify-behind"),
    ),
    row(
        Notify,
        SelfMetric::ConfigRefused,
        "1 while the settings that were deployed last are refused",
        CoveredBy("config-refused"),
    ),
];

const fn row(function: Function, metric: SelfMetric, meaning: &'static str, watch: Watch) -> Row {
    Row {
        function,
        metric,
        meaning,
        watch,
    }
}
