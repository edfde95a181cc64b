//! The words that phrases about calls and requests are made of, in lists. A word is looked up once, and known to be in a
//! list by one bit.

/// Lists of words that a word is in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Lists(u16);

impl Lists {
    /// Returns whether the word is in any of some lists.
    pub(super) const fn any(self, lists: Self) -> bool {
        self.0 & lists.0 != 0
    }
}

/// Words that stand where a dependency's name may stand, and are no name.
pub(super) const NOBODY: Lists = Lists(1 << 0);
/// Words behind a name that only say what it is.
pub(super) const KIND: Lists = Lists(1 << 1);
/// Words that say how a call went.
pub(super) const OUTCOME: Lists = Lists(1 << 2);
/// Words that report a failure or a delay.
pub(super) const TROUBLE: Lists = Lists(1 << 3);
/// The states of a circuit breaker.
pub(super) const STATES: Lists = Lists(1 << 4);
/// Words between a circuit breaker and its name.
pub(super) const BETWEEN: Lists = Lists(1 << 5);
/// Words before a duration that is a limit, not time that passed.
pub(super) const BOUNDS: Lists = Lists(1 << 6);
/// What is sent to, or comes from, the dependency that is called.
pub(super) const CALLED: Lists = Lists(1 << 7);
/// Words before a duration that is yet to pass.
pub(super) const PAUSE: Lists = Lists(1 << 8);
/// Words that may stand between a request and its outcome.
pub(super) const USUAL: Lists = Lists(1 << 9);

/// The words of each list, in lower case and parted by spaces.
const WORDS: [(Lists, &str); 10] = [
    (
        NOBODY,
        "indexing rendering parsing loading building compiling processing warming fetching saving \
         starting stopping booting initializing migrating syncing importing exporting uploading \
         downloading scanning sorting cleaning caching encoding decoding startup compilation \
         initialization render refresh commit rollback warmup gc backup restore checkpoint a an the this \
         that it its all any be by in on at of for from to with and or not no is are was were will has \
         had have after before while because due when during again already api app application attempt \
         backend backoff batch breaker build cache call calls circuit client cluster command connection \
         connections connector consumer container data database db deadline dependency deployment device \
         dns download downstream endpoint error event exception export external failed failure fetch file \
         function gateway handler handshake health healthcheck host http https id import input instance \
         internal job local localhost lock login member message method migration network node object one \
         operation order other output package partner payload peer ping pod pool process producer \
         protocol provider proxy publish query queue read remote reply request requests resource response \
         responses result retry route scheduler script send server service services session signal site \
         socket source state statement status step stream sync system target task test thread timeout \
         token transaction undefined unknown update upload upstream url user validation worker write your \
         our code value validate authentication authorization time open closed half-open half_open opened \
         retrying call. next over upstreams everything nobody null none nil true false failing responding \
         returned timed took responded unavailable unreachable slow now still get post put delete patch \
         feature page shutdown startup warmup cleanup poll scan",
    ),
    (
        KIND,
        "service api server backend endpoint dependency upstream client",
    ),
    (
        OUTCOME,
        "short-circuited blocked failed failing fails timed timeout took takes returned returns responded \
         responds answered succeeded errored error refused rejected completed exceeded aborted \
         unavailable unreachable slow not was is finished cancelled canceled lost closed reset got threw \
         skipped denied ok",
    ),
    (
        TROUBLE,
        "short-circuited short-circuiting skipped skipping rejected blocked high failed failure failing \
         error errors slow slowly timeout timed retry retrying refused unable cannot can't couldn't could \
         exception no waiting lost unreachable exceeded aborted giving",
    ),
    (
        STATES,
        "open opened opening half-open half_open half closed tripped rejected rejecting openstate reset",
    ),
    (BETWEEN, "breaker is state for to on the now has been still"),
    (
        BOUNDS,
        "timeout threshold budget limit within max maximum deadline over above below than sla slo every \
         target exceeded exceeds",
    ),
    (
        CALLED,
        "call calls request requests query queries connection connections connect connecting reconnect \
         response responses reply answer talking speaking talk rpc fetch read reading latency",
    ),
    (
        PAUSE,
        "retry retrying again backoff sleeping waiting wait backing next delay",
    ),
    (
        USUAL,
        "generated bytes responded responds response returned returns answered status code completed \
         finished processed handled served done with in took after from result http failed request sent \
         statuscode status_code duration",
    ),
];

/// The longest word of any list, in bytes.
const LONGEST: usize = 16;

/// Places of [`TABLE`]; a power of two, several times the number of words.
const PLACES: usize = 2048;

/// Each word where its hash puts it, or in the next free place behind it.
static TABLE: [(&[u8], Lists); PLACES] = {
    let mut table: [(&[u8], Lists); PLACES] = [(b"", Lists(0)); PLACES];
    let mut n = 0;
    while n < WORDS.len() {
        let (list, words) = WORDS[n];
        let mut rest = words.as_bytes();
        while !rest.is_empty() {
            let mut end = 0;
            while end < rest.len() && rest[end] != b' ' {
                end += 1;
            }
            let (word, after) = rest.split_at(end);
            assert!(word.len() <= LONGEST, "LONGEST is that of the longest word");
            let at = place(word, &table);
            table[at] = (word, Lists(table[at].1.0 | list.0));
            rest = match after {
                [b' ', after @ ..] => after,
                after => after,
            };
        }
        n += 1;
    }
    table
};

/// Returns where a word stands, or would stand.
const fn place(word: &[u8], table: &[(&[u8], Lists); PLACES]) -> usize {
    let mut hash = 0x811c_9dc5_u32;
    let mut n = 0;
    while n < word.len() {
        hash = (hash ^ word[n] as u32).wrapping_mul(0x0100_0193);
        n += 1;
    }
    let mut at = (hash ^ (hash >> 15)) as usize & (PLACES - 1);
    while !table[at].0.is_empty() && !same(table[at].0, word) {
        at = (at + 1) & (PLACES - 1);
    }
    at
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut n = 0;
    while n < a.len() {
        if a[n] != b[n] {
            return false;
        }
        n += 1;
    }
    true
}

/// Returns the lists that a word is in, in whatever case.
pub(super) fn lists_of(word: &str) -> Lists {
    let mut lower = [0; LONGEST];
    let Some(lower) = lower.get_mut(..word.len()) else {
        return Lists::default();
    };
    lower.copy_from_slice(word.as_bytes());
    lower.make_ascii_lowercase();
    TABLE[place(lower, &TABLE)].1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_in_its_lists_and_no_other() {
        for (list, words) in WORDS {
            for word in words.split(' ') {
                let expected = { WORDS.iter() }
                    .filter(|(_, words)| words.split(' ').any(|other| other == word))
                    .fold(0, |bits, (list, _)| bits | list.0);
                assert_eq!(lists_of(word).0, expected, "{word}");
                assert!(lists_of(&word.to_uppercase()).any(list), "{word}");
                assert_eq!(lists_of(&format!("{word}x~")), Lists::default(), "{word}");
            }
        }
        assert_eq!(lists_of(""), Lists::default());
        assert_eq!(lists_of("a-word-that-is-longer-than-any"), Lists::default());
    }
}
