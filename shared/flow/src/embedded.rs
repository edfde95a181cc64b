//! The store on disk: keeps windows and documents between two runs of the command on a laptop.
//!
//! The store is one SQLite database in write-ahead mode that does not wait for the disk: a write
//! that returned survives the death of the process (the operating system has the pages), and only a
//! loss of power can cost the last writes, never the database. A part's sums and its batch key are
//! written in one transaction, so a kill at any point leaves both or neither.

mod row;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use atalaya_core::time::Minute;
use atalaya_core::window::{self, Part, Window};
use rusqlite::{
    Connection, ErrorCode, OptionalExtension as _, Transaction, TransactionBehavior, params,
};

use crate::store::{DocKey, Document, DocumentKind, Merge, Retry, Save, Store, StoreError};

/// The database's name in the folder that [`EmbeddedStore::open`] is given.
pub const FILE_NAME: &str = "atalaya.db";

/// The form of the tables below, kept in the database's `user_version`.
const SCHEMA_VERSION: i32 = 1;

/// Marks a database as ours ("ATLY"), so that another program's is refused and left as it is.
const APPLICATION_ID: i32 = 0x4154_4c59;

/// How long a call waits for another process that writes, before it reports [`Retry::Later`].
const PATIENCE: Duration = Duration::from_secs(5);

/// The tables, frozen with [`SCHEMA_VERSION`]. A batch key is its eight bytes as a big-endian integer.
const SCHEMA: &str = "
CREATE TABLE window (
    id INTEGER PRIMARY KEY,
    service TEXT NOT NULL,
    minute INTEGER NOT NULL,
    page INTEGER NOT NULL,
    spread INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (service, minute, page, spread)
) STRICT;
CREATE TABLE batch (
    window INTEGER NOT NULL,
    key INTEGER NOT NULL,
    PRIMARY KEY (window, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE document (
    kind TEXT NOT NULL,
    scope TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, scope, id)
) STRICT, WITHOUT ROWID;
";

/// A store in a folder of the local disk. Several processes may have it open; they write one after the other.
#[derive(Debug)]
pub struct EmbeddedStore {
    database: Mutex<Connection>,
    path: PathBuf,
}

impl EmbeddedStore {
    /// Opens the store in a folder, which is made where it is missing; a path to an existing file is taken as the
    /// database itself (a database in use is three files, therefore a folder).
    ///
    /// # Errors
    /// [`Retry::Never`] if the folder cannot be made or written, or if the file is damaged, is no
    /// database of Atalaya, or was written by a newer version. [`Retry::Later`] if another process
    /// keeps the database locked.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let path = if path.is_file() {
            path.to_owned()
        } else {
            std::fs::create_dir_all(path).map_err(|error| OpenError::Folder(error).at(path))?;
            path.join(FILE_NAME)
        };
        let database = open(&path).map_err(|error| error.at(&path))?;
        Ok(Self {
            database: Mutex::new(database),
            path,
        })
    }

    fn database(&self) -> MutexGuard<'_, Connection> {
        // A panic between two calls of a transaction rolls it back, so the database behind a
        // poisoned lock is consistent.
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` in one transaction that takes the write lock first, so that it cannot fail half-way for a lock.
    fn write<T>(
        &self,
        step: impl Fn() -> String,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, CallError>,
    ) -> Result<T, StoreError> {
        let mut database = self.database();
        let run = || {
            let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        run().map_err(|error| self.failed(&step(), error))
    }

    fn read<T>(
        &self,
        step: impl Fn() -> String,
        work: impl FnOnce(&Connection) -> Result<T, CallError>,
    ) -> Result<T, StoreError> {
        work(&self.database()).map_err(|error| self.failed(&step(), error))
    }

    fn failed(&self, step: &str, error: CallError) -> StoreError {
        StoreError {
            step: format!("{step} in {}", self.path.display()),
            retry: error.retry(),
            source: Box::new(error),
        }
    }
}

impl Store for EmbeddedStore {
    async fn merge(&self, part: &Part) -> Result<Merge, StoreError> {
        let step = || {
            let item = &part.item;
            format!("merge of {}, {}", item.service.escape_debug(), item.minute)
        };
        self.write(step, |transaction| merge(transaction, part))
    }

    async fn window(&self, service: &str, minute: Minute) -> Result<Window, StoreError> {
        let step = || format!("read of {}, {minute}", service.escape_debug());
        self.read(step, |database| {
            let mut all = database
                .prepare_cached("SELECT body FROM window WHERE service = ?1 AND minute = ?2")?;
            let mut rows = all.query(params![service, minute.0])?;
            let mut total = Window::new();
            while let Some(row) = rows.next()? {
                let body = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
                window::merge(&mut total, &row::decode(body)?);
            }
            Ok(total)
        })
    }

    async fn load(&self, key: &DocKey) -> Result<Option<Document>, StoreError> {
        self.read(|| told("read", key), |database| load(database, key))
    }

    async fn save(&self, key: &DocKey, expected: u64, body: &str) -> Result<Save, StoreError> {
        self.write(
            || told("save", key),
            |transaction| save(transaction, key, expected, body),
        )
    }

    async fn list(
        &self,
        kind: DocumentKind,
        scope: &str,
        from: &str,
        limit: usize,
    ) -> Result<Vec<Document>, StoreError> {
        let step = || format!("list of {kind:?} of {}", scope.escape_debug());
        self.read(step, |database| {
            let mut newest = database.prepare_cached(
                "SELECT id, version, body FROM document WHERE kind = ?1 AND scope = ?2 AND id >= ?3 \
                 ORDER BY id DESC LIMIT ?4",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let found = newest.query_map(params![kind.letter().to_string(), scope, from, limit], document)?;
            let mut found = found.collect::<Result<Vec<_>, _>>()?;
            found.reverse();
            Ok(found)
        })
    }
}

fn merge(transaction: &Transaction<'_>, part: &Part) -> Result<Merge, CallError> {
    let item = &part.item;
    let at = params![item.service, item.minute.0, item.page, item.shard];
    let found = transaction
        .prepare_cached(
            "SELECT id, body FROM window \
             WHERE service = ?1 AND minute = ?2 AND page = ?3 AND spread = ?4",
        )?
        .query_row(at, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let key = i64::from_be_bytes(part.batch.0);
    let Some((id, body)): Option<(i64, Vec<u8>)> = found else {
        let mut insert = transaction.prepare_cached(
            "INSERT INTO window (service, minute, page, spread, body) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?;
        let body = row::encode(&part.sums)?;
        let id = insert.insert(params![
            item.service,
            item.minute.0,
            item.page,
            item.shard,
            body
        ])?;
        take(transaction, id, key)?;
        return Ok(Merge::Added);
    };
    if !take(transaction, id, key)? {
        return Ok(Merge::Repeated);
    }
    let mut total = row::decode(&body)?;
    window::merge(&mut total, &part.sums);
    transaction
        .prepare_cached("UPDATE window SET body = ?2 WHERE id = ?1")?
        .execute(params![id, row::encode(&total)?])?;
    Ok(Merge::Added)
}

/// Records that a window item takes a batch, and returns whether it is the first time.
fn take(transaction: &Transaction<'_>, item: i64, key: i64) -> Result<bool, CallError> {
    let mut insert =
        transaction.prepare_cached("INSERT OR IGNORE INTO batch (window, key) VALUES (?1, ?2)")?;
    Ok(insert.execute(params![item, key])? == 1)
}

fn load(database: &Connection, key: &DocKey) -> Result<Option<Document>, CallError> {
    let mut one = database.prepare_cached(
        "SELECT id, version, body FROM document WHERE kind = ?1 AND scope = ?2 AND id = ?3",
    )?;
    let at = params![key.kind.letter().to_string(), key.scope, key.id];
    Ok(one.query_row(at, document).optional()?)
}

fn save(
    transaction: &Transaction<'_>,
    key: &DocKey,
    expected: u64,
    body: &str,
) -> Result<Save, CallError> {
    let sql = if expected == 0 {
        "INSERT OR IGNORE INTO document (kind, scope, id, version, body) VALUES (?1, ?2, ?3, ?4 + 1, ?5)"
    } else {
        "UPDATE document SET version = ?4 + 1, body = ?5 \
         WHERE kind = ?1 AND scope = ?2 AND id = ?3 AND version = ?4"
    };
    let seen = expected as i64;
    let written = transaction.prepare_cached(sql)?.execute(params![
        key.kind.letter().to_string(),
        key.scope,
        key.id,
        seen,
        body
    ])?;
    Ok(if written == 1 {
        Save::Saved
    } else {
        Save::Conflict
    })
}

fn document(row: &rusqlite::Row<'_>) -> rusqlite::Result<Document> {
    let version: i64 = row.get(1)?;
    Ok(Document {
        id: row.get(0)?,
        version: version as u64,
        body: row.get(2)?,
    })
}

fn told(verb: &str, key: &DocKey) -> String {
    let (scope, id) = (key.scope.escape_debug(), key.id.escape_debug());
    format!("{verb} of {:?} {scope}/{id}", key.kind)
}

fn open(path: &Path) -> Result<Connection, OpenError> {
    let mut database = Connection::open(path)?;
    database.busy_timeout(PATIENCE)?;
    database.set_prepared_statement_cache_capacity(16);
    // Checked before anything is changed, so that another program's database stays as it is.
    known(&database)?;
    database.pragma_update(None, "journal_mode", "WAL")?;
    database.pragma_update(None, "synchronous", "NORMAL")?;
    let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Checked again under the lock: two processes may open a new store at once, and only one of
    // them creates the tables.
    if !known(&transaction)? {
        transaction.execute_batch(SCHEMA)?;
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    }
    transaction.commit()?;
    Ok(database)
}

/// Returns whether the database has our tables, in a version that we can read; a new database has
/// none.
fn known(database: &Connection) -> Result<bool, OpenError> {
    let number = |pragma| database.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let count = "SELECT count(*) FROM sqlite_schema";
    let tables: i64 = database.query_row(count, [], |row| row.get(0))?;
    match (application, version, tables) {
        (0, 0, 0) => Ok(false),
        (APPLICATION_ID, SCHEMA_VERSION, _) => Ok(true),
        (APPLICATION_ID, ..) => Err(OpenError::Version(version)),
        _ => Err(OpenError::Foreign),
    }
}

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
enum OpenError {
    #[error("cannot make the folder: give another path, or the right to write there")]
    Folder(#[source] std::io::Error),
    #[error(
        "the store has form {0}, and this version of atalaya knows form {SCHEMA_VERSION}: \
         use the version that wrote it, or another path"
    )]
    Version(i32),
    #[error("the file is a database of another program: give another path")]
    Foreign,
    #[error(
        "the file is damaged or no database: give another path, or move it away to start afresh"
    )]
    NoDatabase(#[source] rusqlite::Error),
    #[error("the database cannot be opened")]
    Sqlite(#[source] rusqlite::Error),
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => Self::NoDatabase(error),
            _ => Self::Sqlite(error),
        }
    }
}

impl OpenError {
    fn at(self, path: &Path) -> StoreError {
        let retry = match &self {
            Self::Sqlite(error) => retry(error),
            _ => Retry::Never,
        };
        StoreError {
            step: format!("opening of the store {}", path.display()),
            retry,
            source: Box::new(self),
        }
    }
}

/// Why a call on an open store failed.
#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Row(#[from] row::RowError),
}

impl CallError {
    fn retry(&self) -> Retry {
        match self {
            Self::Sqlite(error) => retry(error),
            Self::Row(_) => Retry::Never,
        }
    }
}

/// A lock is released at some time; any other error (a full disk, damage, a missing permission)
/// needs a person.
fn retry(error: &rusqlite::Error) -> Retry {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Retry::Later,
        _ => Retry::Never,
    }
}
