//! Which server is measured? A PostgreSQL of this clone's own, which writes to the disk before it answers.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::Result;
use crate::program::Database;

/// A server that runs until it is dropped.
pub(crate) struct Cluster {
    /// Its address, as the owner of the tables.
    owner: String,
    script: PathBuf,
}

impl Cluster {
    /// Starts a server, or takes the one that runs.
    pub(crate) async fn start() -> Result<Self> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ci/postgres");
        let output =
            Command::new(&script).args(["start", "--durable"]).stderr(Stdio::inherit()).output().await?;
        let owner = String::from_utf8(output.stdout)?.trim().to_owned();
        if owner.is_empty() { Err("no PostgreSQL".into()) } else { Ok(Self { owner, script }) }
    }

    /// The address of a database, for a role.
    pub(crate) fn url(&self, role: &str, name: &str) -> String {
        let there = self.owner.strip_suffix("/postgres").unwrap_or(&self.owner);
        format!("{}/{name}", there.replace("rollcall_owner", role))
    }

    /// Runs SQL as the superuser; what it tells.
    pub(crate) async fn sql(&self, name: &str, sql: &str) -> Result<String> {
        let output = Command::new("psql")
            .args(["-qtAX", "-v", "ON_ERROR_STOP=1", "-c", sql, &self.url("postgres", name)])
            .stderr(Stdio::inherit())
            .output()
            .await?;
        if output.status.success() {
            Ok(String::from_utf8(output.stdout)?.trim().to_owned())
        } else {
            Err("psql failed".into())
        }
    }

    /// A database with one customer for each of `sizes`, served by a role of its own.
    pub(crate) async fn database(&self, program: &Path, name: &str, sizes: &[usize]) -> Result<Database> {
        self.sql("postgres", &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await?;
        self.sql("postgres", &format!("CREATE DATABASE {name} OWNER rollcall_owner")).await?;
        let migrated = Command::new(program)
            .args(["migrate", "--role", "rollcall_app", "--database", &self.url("rollcall_owner", name)])
            .stdout(Stdio::null())
            .status()
            .await?;
        if !migrated.success() {
            return Err("the schema could not be made".into());
        }
        let database = Database::at(program, self.url("rollcall_app", name), sizes).await?;
        self.sql(name, "VACUUM (ANALYZE)").await?;
        Ok(database)
    }

    /// Runs a script of pgbench with so many clients for so many seconds; transactions a second, and the mean time of
    /// one in microseconds.
    pub(crate) async fn pgbench(
        &self,
        name: &str,
        clients: usize,
        seconds: u64,
        script: &str,
    ) -> Result<(f64, f64)> {
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), script)?;
        let output = Command::new("pgbench")
            .args(["-n", "-M", "prepared", "-c", &clients.to_string(), "-T", &seconds.to_string(), "-f"])
            .arg(file.path())
            .arg(self.url("postgres", name))
            .output()
            .await?;
        let told = String::from_utf8_lossy(&output.stdout).into_owned();
        let figure = |before: &str| -> Option<f64> {
            told.split(before).nth(1)?.split_whitespace().next()?.parse().ok()
        };
        match (figure("tps = "), figure("latency average = ")) {
            (Some(rate), Some(milliseconds)) => Ok((rate, milliseconds * 1_000.0)),
            _ => Err(format!("pgbench: {}", String::from_utf8_lossy(&output.stderr)).into()),
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // If it cannot be stopped, the next one takes it.
        let _ = std::process::Command::new(&self.script).arg("stop").status();
    }
}
