//! The words that logs are written with: they are no values, whatever stands around them.
//!
//! A word that is not here may be a name. One that is missing costs little: it is kept as it is until several others
//! were met in its place. Names of roles, states and things that logs are about (`admin`, `orders`) are left out.

use std::sync::LazyLock;

use foldhash::fast::FixedState;
use hashbrown::HashSet;

/// Returns whether a word, or each part of a compound, belongs to the language of logs.
pub(super) fn is_known(word: &str) -> bool {
    if word.len() == 1 {
        return word.eq_ignore_ascii_case("a") || !word.as_bytes()[0].is_ascii_alphanumeric();
    }
    let part = |part: &str| part.len() <= 1 || is_word(part);
    word.split(['-', '/', '_', '\'', '.']).all(part)
}

fn is_word(word: &str) -> bool {
    static WORDS: LazyLock<HashSet<&'static str, FixedState>> = LazyLock::new(|| {
        ENGLISH
            .split_ascii_whitespace()
            .chain(SPANISH.split_whitespace())
            .collect()
    });
    let mut lower = [0; 24];
    let Some(lower) = lower.get_mut(..word.len()) else {
        return false;
    };
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    let Ok(lower) = std::str::from_utf8(lower) else {
        return false;
    };
    let known = |word: &str| WORDS.contains(word);
    if known(lower) {
        return true;
    }
    let stem = |end: &str, instead: &str| {
        let Some(stem) = lower.strip_suffix(end).filter(|stem| stem.len() > 2) else {
            return false;
        };
        if known(stem) {
            return true;
        }
        let doubled = stem.as_bytes();
        let [.., a, b] = doubled else { return false };
        if a == b && known(&stem[..stem.len() - 1]) {
            return true;
        }
        let mut made = [0; 26];
        let length = stem.len() + instead.len();
        made[..stem.len()].copy_from_slice(doubled);
        made[stem.len()..length].copy_from_slice(instead.as_bytes());
        !instead.is_empty() && std::str::from_utf8(&made[..length]).is_ok_and(known)
    };
    stem("s", "")
        || stem("es", "e")
        || stem("ies", "y")
        || stem("ed", "e")
        || stem("ied", "y")
        || stem("ing", "e")
        || stem("ly", "")
        || stem("er", "e")
        || stem("ion", "e")
}

/// Base forms; endings are taken off before a word is looked up.
const ENGLISH: &str = "
a about above abort absent accept access accord account acknowledge acquire across act action active actual add
additional address  adjust after again against age agent ago ahead alert algorithm alias alive all allocate
allocation allow almost along already also although always am ambiguous among amount an analyze and annotation
announce another answer any anymore apache api app appear append application apply approximate apps arbitrary archive
are argument around array as ask assert assertion assign assignment assume at atomic attach attachment attempt
attribute audit auth authenticate authentication authority authorization authorize auto automatic available avoid
await away back backend background backlog backoff backup bad balance bandwidth base based basic batch be bean because
become been before begin behaviour behavior behind being below best between beyond bigger binary bind bit blank block
blocked body boolean boot bootstrap both bound boundary branch break breaker bridge broken broker browser bucket
buffer build bulk bundle bus busy but by byte bytes cache calculate call callback called can cancel canceled
cancellation candidate cannot capability capacity capture care case cast catch cause caught certificate chain change
channel character charset check checkpoint checksum child children chunk cipher circuit claim class classpath clean
cleanup clear client clock close closed closing cluster code collect collection collector collision column combination
come comma command comment commit common communicate communication compare comparison compatible compile complete
completion component compress compression compute concurrent condition config configuration configure confirm conflict
connect connection connectivity connector consecutive consider consistent consistency constant constraint construct
constructor consume consumer contact contain container content contention context continue contract control controller
conversion convert cookie coordinator copy core correct corrupt corruption could couldn count counter cpu crash create
creation creating credential cron current cursor custom cycle daemon damage  database dataset datasource date
deadline deadlock debug decide declare decline decode decompress decrypt decrypted decrease default defer define
definition delay delegate delete deletion deliver delivery denied deny depend dependency deploy deployment depth
deprecate deprecated descriptor describe deserialize deserialization destination destroy detach detail detect device
did didn differ difference different digest dimension direct directive directory disable disabled disconnect discover
discovery discard disk dispatch display distinct distribute dns do document does doesn domain don done double down
download drain driver drop dropped due dump duplicate duration during dynamic each early echo edge effect either
election element eligible else embedded empty enable encode encoding encounter encrypt encryption end endpoint enforce
engine enough ensure enter entire entity entry enum environment eof equal err error errno escape establish estimate
etc evaluate evaluation event eventually ever every evict eviction exact examine exceed except exception excess
excessive exchange exclude exclusive execute execution executor exhaust exist existing exit expand expect expected
expensive expire expiration expiry explicit export expose expression extend extension external extra extract facade
fact factory fail failed failing failover failure fall fallback false far fast fatal fault favor feature fetch few
field file filesystem fill filter final find finish fire first fit fix flag flight flow flush folder follow
following for forbid forbidden force forced foreign fork form format forward found fragment frame free frequency
frequent fresh from front frozen full function further future garbage gateway gave general generate generation
generator generic get getaddrinfo give given global go goaway gone good got grace graceful grant greater group grow
guarantee guard had halt handle handler handshake hang has hash have he head header headroom health healthy heap
heartbeat held help here hidden high hit hold hook host hostname however http https idempotent identical identifier
identity idle if ignore illegal image immediate implementation implement implicit import impossible in inactive
inbound inactivity include incoming incompatible incomplete inconsistent incorrect increase index indicate individual
info information inherit init initial initialization initialize inject inner input insecure insert inside inspect
install instance instantiate instead insufficient integer integrity intend interface interceptor intermediate internal
interrupt interrupted interval into invalid invalidate invocation invoke io ip is isn isolate issue issuer it item
iteration its itself job join jdbc json just jvm keep keepalive kernel key keyspace keystore kill kind known label
lag large last late latency later latest layer layout lead leader leak lease least leave left length less let level
library lifecycle lifetime like likely limit limited line link list listen listener literal live load loader local
locale locate location lock log logger logging logic login logout long longer look lookup loop lose loss lost lot low
machine made mail main major make malformed manage manager mandatory manifest manual many map mapper mapping mark
marshal mask master match max maximum may maybe mean mechanism media member membership memory merge message metadata
meter method metric middleware might migrate migration mime minimum minor mismatch miss missing mode model modify
modification module moment monitor more most mount move much multiple must mutable mutex my name namespace native near
need negative negotiate negotiation nested network never new newer next no node non none nor normal not note nothing
notification notify now null number object observe obsolete obtain occupied occur of off offer offline offset often
ok old older on once one ongoing online only open openssl operand operate operation operator option optional or order
origin original orphan other otherwise our out outage outbound outcome outdated outgoing output outside over overflow
overlap overload override own owner ownership pack package packet page pair panic parallel param parameter parent
parse parser part partial partition party pass passed password past patch path pattern pause payload peer pending per
percent perform performance period permanent permission permit persist persistence phase pick ping pipe pipeline place
plain plan platform please plugin point pointer policy poll poller pool port position positive possible post postpone
potential pre precision predicate prefer prefix premature prepare present preserve press prevent previous primary
print prior priority privilege probe problem procedure proceed process processor produce producer profile progress
promise prompt proper property propagate protect protocol prove provide provider provision proxy public publish
publisher pull purge push put query queue quick quiet quit quota race raise random range rate rather ratio raw re
reach react read readable reader readiness ready real reason rebalance reboot rebuild recall receive receiver recent
reclaim recognize recommend reconnect record recover recovery recursion recycle redelivery redirect reduce redundant
reference referenced refresh refuse region register registration registry regular reject relation relative release
relevant reload remain remaining remote remove render renew repair repeat replace replay replica replicate replication
reply report repository represent request require required reroute reschedule reserve reset reside resize resolve
resolver resource respond response restart restore restrict result resume retain retention retry retries retrieve
return reuse revert review revoke rewrite right role rollback  rotate round route router routing row rule run
runner running runtime safe same sample sandbox save say scale scan schedule scheduler schema scheme scope
script seal search second secret section secure security see seek segment select self semaphore send sender sense
sent separate sequence serialize serializer serial serializable serve server service servlet session set setting
settle setup shape shard share shared short shorter should shut shutdown side sign signal signature significant silent
similar simple since single size skew skip slave sleep slot slow small smaller snapshot so socket soft some something
soon sort source space span spawn special specific specify spend sql ssl stack stage stale standard standby start
startup starve state statement static statistic status stay step still stop storage store strategy stream strict
string strong stuck style sub subject submit subscribe subscriber subscription subnet subsequent subsystem succeed
success successful such sudden suffix suggest supply support suppose suppress sure surpass suspect suspend swallow
swap switch sync synchronize syntax system tab table tag tail take taken target task tcp template temporary temporarily
tenant terminate termination  text than that the their them then there therefore these they thing this those
though thread threshold throttle through throughput throw thrown thus tick ticket time timed timeout timer timestamp
tls to together token too took tool top topic total touch trace tracing track tracker traffic trailing transaction
transfer transform transient transition translate transmit transport trap tree trial trigger trim trip truncate trust
try tune tunnel turn twice two type ui unable unacceptable unaccepted unauthorized unavailable unbound uncaught
unchanged undefined under underlying undo unexpected unhandled unhealthy uninitialized unique unit unknown unless
unlock unlimited unmarshal unpack unreachable unrecognized unregister unresolved unsafe unset unsubscribe unsupported
until unused up update upgrade upload upon upstream uptime uri url usage use used user username using usual utilization
valid validate validation validator value variable vary vault verification verify version very via view violate
violation virtual visible visit vote wait waiting wake want warn warning was wasn watch watchdog watcher we web
webhook week weight well went were what when where whether which while whitelist who whole whose why will window with
within without won word work worker workload worst would wrap write writable writer wrong xml yet yield you your zero
zone account bank branch card currency customer document email invoice market money payment person product purchase
";

/// Words of sentences, and some of failures, in Spanish.
const SPANISH: &str = "
al ante aplicación archivo arriba base cliente con conectar conexión consulta contra crear cuando cuenta dado datos de
del desconocido desde después durante ejecutar el en encontrado encontrar entre enviar es está este error esperado
estado excedido expirado fallida fallido fallo falló falta formato fue guardar ha hacia hasta información iniciar
interno intento intentos inválida inválido la las leer llamada lo los mensaje máximo no obtener operación para pero
permitido petición por procesar proceso pudo puede que recibida recibido respuesta se ser servicio servidor sesión
sin sobre solicitud su tiempo tras un una usuario valor válido y ya
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_known_words_are_known_and_names_are_not() {
        for (word, expected) in [
            ("Connection", true),
            ("refused", true),
            ("retrying", true),
            ("retries", true),
            ("stopped", true),
            ("read-only", true),
            ("doesn't", true),
            ("conexión", true),
            ("alice", false),
            ("acme-worker", false),
            ("loan_status", false),
            ("-", true),
            ("x", false),
            ("pneumonoultramicroscopic", false),
        ] {
            assert_eq!(is_known(word), expected, "{word}");
        }
    }
}
