//! The program as a process: run to its end, or serving until it is stopped.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::world;

/// A folder with a database.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    /// What `ROLLCALL_DATABASE` says here, if anything.
    pub(crate) database: Option<String>,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) told: String,
}

impl Place {
    pub(crate) fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), database: None }
    }

    /// A place whose database is on a server.
    pub(crate) fn on(database: String) -> Self {
        Self { database: Some(database), ..Self::empty() }
    }

    /// A place with a directory of so many users.
    pub(crate) fn with_users(users: usize) -> Self {
        let place = Self::empty();
        let imported = place.run_with(&["import", "-"], &world::directory(users));
        assert_eq!(imported.code, Some(0), "{imported:?}");
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program, in this folder, with nothing of the environment that could set it up.
    pub(crate) fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder.path()).env_clear().env("PATH", "/usr/bin:/bin");
        if let Some(database) = &self.database {
            command.env("ROLLCALL_DATABASE", database);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        self.run_with(arguments, "")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Done {
        let mut command = self.command(program(), arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program that refuses early does not read its input.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        done(child)
    }

    /// A server of this place, at any free port.
    pub(crate) fn serve(&self) -> Server {
        Server::start(self.command(program(), &["serve", "--listen", "127.0.0.1:0", "--log-level", "error"]))
    }

    pub(crate) fn token(&self) -> String {
        let issued = self.run(&["token", "--tenant", world::DOMAIN, "--client-id", world::CLIENT]);
        assert_eq!(issued.code, Some(0), "{issued:?}");
        issued.out.trim().to_owned()
    }

    /// The records of the audit trail.
    pub(crate) fn records(&self) -> Vec<serde_json::Value> {
        let exported = self.run(&["audit", "export", "-"]);
        assert_eq!(exported.code, Some(0), "{exported:?}");
        exported.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// How many records have a correlation id.
    pub(crate) fn count(&self, correlation_id: &str) -> usize {
        self.records().iter().filter(|record| record["correlationId"] == correlation_id).count()
    }
}

/// Waits for the end of a command.
pub(crate) fn done(child: Child) -> Done {
    let output = child.wait_with_output().unwrap();
    Done {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        told: String::from_utf8(output.stderr).unwrap(),
    }
}

pub(crate) fn program() -> &'static str {
    env!("CARGO_BIN_EXE_rollcall")
}

/// A server that runs until it is stopped, and never longer than its test.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    /// Starts a server and waits until it is ready.
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut told = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        told.read_line(&mut line).unwrap();
        let url =
            line.trim().strip_prefix("rollcall is ready on ").unwrap_or_else(|| panic!("not ready: {line}"));
        let url = url.to_owned();
        // What is logged later must not fill the pipe.
        std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::sink()));
        Self { child, url }
    }

    pub(crate) fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to stop, and does not wait.
    pub(crate) fn terminate(&self) {
        let told = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.id())]).status().unwrap();
        assert!(told.success());
    }

    /// Its exit code, once it has one.
    pub(crate) fn end(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }

    /// Asks it to stop, and waits for a clean end.
    pub(crate) fn stop(self) {
        self.terminate();
        assert_eq!(self.end(), Some(0));
    }

    /// Ends it as a crash would: kill -9.
    pub(crate) fn crash(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer, whole.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
}

/// One GET on a connection of its own.
pub(crate) async fn get(url: &str, token: &str, correlation_id: &str) -> Answer {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let asked = client.get(url).header("X-Tenant", world::DOMAIN).bearer_auth(token);
    let answer = asked.header("X-Correlation-Id", correlation_id).send().await.unwrap();
    Answer { status: answer.status().as_u16(), body: answer.text().await.unwrap() }
}

/// The listing that everything is about.
pub(crate) fn users_url(server: &Server) -> String {
    format!("{}/v1/customer/{}/users", server.url, world::CUSTOMER)
}

/// The mode of a file.
pub(crate) fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}
