//! How is the real program started, asked for a token, and watched? As users do it.

use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::Instant;

use crate::load::Caller;
use crate::{Result, world};

/// Builds the program as users build it, and tells where it is.
pub(crate) async fn build() -> Result<PathBuf> {
    let cargo = Command::new("cargo").args(["build", "--release", "--package", "cli"]).status().await?;
    if !cargo.success() {
        return Err("the program could not be built".into());
    }
    let beside = std::env::current_exe()?.with_file_name("rollcall");
    Ok(beside)
}

/// A database that a directory file was imported into.
pub(crate) struct Database {
    program: PathBuf,
    /// The file, where it is one.
    pub(crate) path: PathBuf,
    pub(crate) url: String,
    /// How long the import took.
    pub(crate) took: Duration,
    /// The most memory that the import held, in MiB.
    pub(crate) peak: f64,
    place: tempfile::TempDir,
}

impl Database {
    /// Makes a database with one customer for each of `sizes`.
    pub(crate) async fn with(program: &Path, sizes: &[usize]) -> Result<Self> {
        Self::with_lines(program, sizes, "").await
    }

    /// The same, with an issuer and a client that takes its tokens from it.
    pub(crate) async fn with_issuer(program: &Path, sizes: &[usize], issuer: &str) -> Result<Self> {
        Self::with_lines(program, sizes, &world::issuer(issuer)).await
    }

    /// The same, with another tenant whose customer has so many users.
    pub(crate) async fn with_neighbour(program: &Path, sizes: &[usize], users: usize) -> Result<Self> {
        Self::with_lines(program, sizes, &world::neighbour(users)).await
    }

    async fn with_lines(program: &Path, sizes: &[usize], further: &str) -> Result<Self> {
        let place = tempfile::tempdir()?;
        let url = format!("sqlite:{}", place.path().join("rollcall.db").display());
        Self::import(program, place, url, sizes, further).await
    }

    /// Fills the database at `url`, which is empty.
    pub(crate) async fn at(program: &Path, url: String, sizes: &[usize]) -> Result<Self> {
        Self::import(program, tempfile::tempdir()?, url, sizes, "").await
    }

    async fn import(
        program: &Path,
        place: tempfile::TempDir,
        url: String,
        sizes: &[usize],
        further: &str,
    ) -> Result<Self> {
        let file = place.path().join("directory.ndjson");
        world::write(sizes, further, &mut BufWriter::new(std::fs::File::create(&file)?))?;
        let path = place.path().join("rollcall.db");
        let began = Instant::now();
        let mut import = Command::new(program)
            .args(["import", "--database", &url])
            .arg(&file)
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()?;
        let mut peak = 0_f64;
        let status = loop {
            if let Some(status) = import.try_wait()? {
                break status;
            }
            if let Some(held) = import.id().and_then(|id| memory(id, "VmHWM")) {
                peak = peak.max(held);
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        if !status.success() {
            return Err("the import failed".into());
        }
        std::fs::remove_file(file)?;
        Ok(Self { program: program.to_owned(), path, url, took: began.elapsed(), peak, place })
    }

    /// A token for a client of a tenant.
    async fn token(&self, tenant: &str, client: &str) -> Result<String> {
        let output = Command::new(&self.program)
            .args(["token", "--database", &self.url, "--tenant", tenant, "--client-id", client])
            .output()
            .await?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// How large its files are, in bytes.
    pub(crate) fn size(&self) -> Result<f64> {
        let mut bytes = 0;
        for entry in std::fs::read_dir(self.place.path())? {
            bytes += entry?.metadata()?.len();
        }
        Ok(bytes as f64)
    }

    /// Who asks a server of this database.
    pub(crate) async fn caller(&self, server: &Server) -> Result<Caller> {
        let token = self.token(world::DOMAIN, world::CLIENT).await?;
        Ok(Caller { address: server.address.clone(), tenant: world::DOMAIN, token })
    }

    /// Who asks it for the other tenant.
    pub(crate) async fn neighbour(&self, server: &Server) -> Result<Caller> {
        let token = self.token(world::NEIGHBOUR, world::NEIGHBOURS_CLIENT).await?;
        Ok(Caller { address: server.address.clone(), tenant: world::NEIGHBOUR, token })
    }

    /// Starts the server on this database.
    pub(crate) async fn serve(&self) -> Result<Server> {
        let mut command = Command::new(&self.program);
        command.args(["serve", "--listen", "127.0.0.1:0", "--database", &self.url]);
        Server::start(command).await
    }
}

/// Lets this program run on these cores alone, and with it all that it starts from now on. Where that cannot be had,
/// it runs on all of them.
pub(crate) async fn keep_to(cores: std::ops::Range<usize>) {
    let list = format!("{}-{}", cores.start, cores.end.saturating_sub(1));
    let this = std::process::id().to_string();
    let kept = Command::new("taskset").args(["-a", "-c", "-p", &list, &this]).output().await;
    if !kept.is_ok_and(|output| output.status.success()) {
        eprintln!("  taskset(1) could not keep the program to cores {list}");
    }
}

/// A server that runs until it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
    /// From the start of the process until it said that it was ready.
    pub(crate) ready_after: Duration,
}

impl Server {
    /// Starts a server and waits for the address that it names when it is ready.
    pub(crate) async fn start(mut command: Command) -> Result<Self> {
        let began = Instant::now();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true).spawn()?;
        let stderr = child.stderr.take().ok_or("no standard error")?;
        let mut lines = BufReader::new(stderr).lines();
        while let Some(line) = lines.next_line().await? {
            let address = line.split("http://").nth(1).map(|rest| {
                rest.chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || ".:".contains(*c))
                    .collect::<String>()
            });
            if let Some(address) = address {
                let ready_after = began.elapsed();
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self { child, address, ready_after });
            }
        }
        Err("the server ended before it was ready".into())
    }

    /// The processor time that the server has used so far, in seconds.
    pub(crate) fn cpu(&self) -> f64 {
        self.child.id().and_then(cpu).unwrap_or(f64::NAN)
    }

    /// The memory that the server holds now, in MiB.
    pub(crate) fn memory(&self) -> f64 {
        self.child.id().and_then(|id| memory(id, "VmRSS")).unwrap_or(f64::NAN)
    }

    /// The most memory that the server ever held, in MiB.
    pub(crate) fn peak(&self) -> f64 {
        self.child.id().and_then(|id| memory(id, "VmHWM")).unwrap_or(f64::NAN)
    }
}

/// User and system time of a process, in seconds (proc(5): the 14th and 15th field, in ticks of 10 ms).
fn cpu(id: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name of the program may hold spaces; what comes behind it does not.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / 100.0)
}

/// A line of `/proc/ID/status`, in MiB.
fn memory(id: u32, name: &str) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok().map(|kib| kib / 1024.0)
}
