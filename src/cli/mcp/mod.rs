//! `gouji mcp`: the Model Context Protocol on standard input and output, for programs that work on a person's behalf.
//!
//! Tools that only read, in the folders that were given and nowhere else. Every call is done by a child process
//! (`gouji mcp-worker`) with bounds of its own, so that a file that kills its reader costs one answer and not the
//! session; the child is told what to do on its standard input, answers on its standard output, and ends with its
//! parent.

mod paths;
mod tools;
mod work;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig,
};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::{ErrorData, ServerHandler, ServiceExt as _};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Semaphore;

use super::Exit;
use super::args::{Knowledge, Passwords};
use super::limits::{ChildArgs, LimitArgs};
use super::trouble::Trouble;
use super::words::{language, say};
use crate::model::{Language, Text};
use crate::web::bounds::{ASKS_FOR_LITTLE, Bounds, Death};
use paths::Roots;
use tools::Task;
pub(super) use work::{WorkerArgs, work};

/// How long one answer may take, unless said otherwise.
const PATIENCE: Duration = Duration::from_mins(1);
/// Answers that are worked on at the same time.
const AT_ONCE: usize = 2;

/// `gouji mcp`
#[derive(Debug, Args)]
pub(super) struct McpArgs {
    #[arg(
        required = true,
        value_name = say("文件夹", "DIR"),
        help = say("只能读取这些文件夹里的表格；相对路径从第一个算起", "only workbooks in these folders can be read; relative paths start at the first"),
    )]
    folders: Vec<PathBuf>,
    #[command(flatten)]
    passwords: Passwords,
    #[command(flatten)]
    knowledge: Knowledge,
    #[command(flatten)]
    child: ChildArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

/// Answers on standard input and output until the client goes away.
pub(super) fn run(command: &McpArgs) -> Result<Exit, Trouble> {
    let roots = Roots::open(&command.folders)?;
    let program = std::env::current_exe().map_err(|error| failed(&error))?;
    let bounds = command.child.bounds(PATIENCE);
    let server = Server(Arc::new(Inner {
        arguments: arguments(command, bounds)?,
        roots,
        program,
        bounds,
        turns: Semaphore::new(AT_ONCE),
    }));
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| failed(&error))?
        .block_on(async {
            let service =
                server.serve(rmcp::transport::stdio()).await.map_err(|error| failed(&error))?;
            service.waiting().await.map_err(|error| failed(&error))?;
            Ok(Exit::Clean)
        })
}

/// What every child is started with.
fn arguments(command: &McpArgs, bounds: Bounds) -> Result<Vec<OsString>, Trouble> {
    let mut arguments = vec!["mcp-worker".into()];
    arguments.extend(ChildArgs::arguments(bounds));
    arguments.extend(command.limits.arguments());
    // The child stands in the first folder.
    let named = [
        ("--password-file", &command.passwords.password_file),
        ("--config", &command.knowledge.config),
    ];
    let named = named.into_iter().filter_map(|(option, path)| Some((option, path.as_ref()?)));
    let rules = command.knowledge.rules.iter().map(|folder| ("--rules", folder));
    for (option, path) in named.chain(rules) {
        let path = std::path::absolute(path).map_err(|error| Trouble::reading(path, &error))?;
        arguments.extend([option.into(), path.into()]);
    }
    Ok(arguments)
}

#[derive(Clone)]
struct Server(Arc<Inner>);

struct Inner {
    roots: Roots,
    program: PathBuf,
    arguments: Vec<OsString>,
    bounds: Bounds,
    turns: Semaphore,
}

impl ServerHandler for Server {
    fn get_info(&self) -> ServerConfig {
        let own = Implementation::new("gouji", env!("CARGO_PKG_VERSION")).with_title("勾稽 gouji");
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(own)
            .with_instructions(tools::instructions())
    }

    async fn list_tools(
        &self,
        _: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(tools::list()))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = serde_json::Value::Object(request.arguments.unwrap_or_default());
        let task = tools::task(&request.name, &arguments)?;
        Ok(self.0.answer(task).await.into())
    }
}

impl Inner {
    /// Does what was asked. What is wrong with files or paths is an answer too, so that the model can mend its call.
    async fn answer(&self, mut task: Task) -> CallToolResult {
        let spoken = task.language().unwrap_or_else(language);
        let refused =
            |text: &Text| CallToolResult::error(vec![ContentBlock::text(text.get(spoken))]);
        if let Some(paths) = task.paths() {
            match self.roots.admit(paths) {
                Ok(admitted) => *paths = admitted,
                Err(text) => return refused(&text),
            }
        } else if let Err(text) = self.roots.admit(&[]) {
            return refused(&text);
        }
        let Ok(_turn) = self.turns.acquire().await else {
            return refused(&Death::Crashed.reason(self.bounds));
        };
        match tokio::time::timeout(self.bounds.patience, self.child(&task, spoken)).await {
            Ok(Ok(result)) => result,
            Ok(Err(text)) => refused(&text),
            Err(_) => refused(&with_advice(&Death::Timeout.reason(self.bounds))),
        }
    }

    async fn child(&self, task: &Task, spoken: Language) -> Result<CallToolResult, Text> {
        let crashed = || with_advice(&Death::Crashed.reason(self.bounds));
        let mut child = tokio::process::Command::new(&self.program)
            .args(&self.arguments)
            .args(["--lang", if spoken == Language::En { "en" } else { "zh" }])
            .current_dir(self.roots.first())
            .env(ASKS_FOR_LITTLE.0, ASKS_FOR_LITTLE.1)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|_| crashed())?;
        let mut order = serde_json::to_vec(task).map_err(|_| crashed())?;
        order.push(b'\n');
        // Held until it has answered: the child ends when it is closed.
        let mut held = child.stdin.take().ok_or_else(crashed)?;
        held.write_all(&order).await.map_err(|_| crashed())?;
        held.flush().await.map_err(|_| crashed())?;
        let done = child.wait_with_output().await.map_err(|_| crashed())?;
        drop(held);
        match done.status.code() {
            Some(0) => serde_json::from_slice(&done.stdout).map_err(|_| crashed()),
            Some(2) => {
                let said = String::from_utf8_lossy(&done.stderr).trim().to_owned();
                Err(Text::new(said.clone(), said))
            }
            _ => Err(with_advice(&Death::by_last_words(&done.stderr).reason(self.bounds))),
        }
    }
}

fn with_advice(reason: &Text) -> Text {
    Text::new(
        format!("{}；请逐个文件再试", reason.zh),
        format!("{}; try the files one by one", reason.en),
    )
}

fn failed(error: &impl std::fmt::Display) -> Trouble {
    Trouble::new(
        format!("MCP 服务未能运行：{error}"),
        format!("the MCP server could not run: {error}"),
    )
}
