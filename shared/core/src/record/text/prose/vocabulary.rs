//! The words that phrases about calls are made of, each list in lower case and parted by spaces.

/// Words that stand where a name may stand, and name nobody.
pub(super) const NOBODY: &str = "\
    a an the this that it its all any be by in on at of for from to with and or not no is are was \
    were will has had have after before while because due when during again already api app \
    application attempt backend backoff batch breaker build cache call calls circuit client cluster \
    command connection connections connector consumer container data database db deadline \
    dependency deployment device dns download downstream endpoint error event exception export \
    external failed failure fetch file function gateway handler handshake health healthcheck host \
    http https id import input instance internal job local localhost lock login member message \
    method migration network node object one operation order other output package partner payload \
    peer ping pod pool process producer protocol provider proxy publish query queue read remote \
    reply request requests resource response responses result retry route scheduler script send \
    server service services session signal site socket source state statement status step stream \
    sync system target task test thread timeout token transaction undefined unknown update upload \
    upstream url user validation worker write your our code value validate authentication \
    authorization time open closed half-open half_open opened retrying call. next over upstreams \
    everything nobody null none nil true false failing responding returned timed took responded \
    unavailable unreachable slow now still get post put delete patch feature page shutdown startup \
    warmup cleanup poll scan";

/// Words behind a name that only say what it is.
pub(super) const KIND: &str = "\
    service api server backend endpoint dependency upstream client";

/// Words that tell how a call went.
pub(super) const OUTCOME: &str = "\
    short-circuited blocked failed failing fails timed timeout took takes returned returns \
    responded responds answered succeeded errored error refused rejected completed exceeded aborted \
    unavailable unreachable slow not was is finished cancelled canceled lost closed reset got threw \
    skipped denied ok";

/// Words that tell of a failure or a delay.
pub(super) const TROUBLE: &str = "\
    short-circuited short-circuiting skipped skipping rejected blocked high failed failure failing \
    error errors slow slowly timeout timed retry retrying refused unable cannot can't couldn't \
    could exception no waiting lost unreachable exceeded aborted giving";

/// The states of a circuit breaker.
pub(super) const STATES: &str = "\
    open opened opening half-open half_open half closed tripped rejected rejecting openstate reset";

/// Words between a circuit breaker and its name.
pub(super) const BETWEEN: &str = "\
    breaker is state for to on the now has been still";

/// Words before a duration that was set, and did not pass.
pub(super) const BOUNDS: &str = "\
    timeout threshold budget limit within max maximum deadline over above below than sla slo every \
    target exceeded exceeds";

/// What is made to, or comes from, who is called.
pub(super) const CALLED: &str = "\
    call calls request requests query queries connection connections connect connecting reconnect \
    response responses reply answer talking speaking talk rpc fetch read reading latency";

/// Words before a duration that is yet to pass.
pub(super) const PAUSE: &str = "\
    retry retrying again backoff sleeping waiting wait backing next delay";

/// Returns whether a word is in a list, in whatever case.
pub(super) fn is_one_of(word: &str, list: &str) -> bool {
    !word.is_empty() && { list.split(' ') }.any(|known| word.eq_ignore_ascii_case(known))
}
