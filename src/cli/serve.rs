//! `gouji serve`: the page on loopback, and the child in which its server checks one packet.

use std::io::{self, Write as _};
use std::path::PathBuf;

use clap::Args;

use super::args::Knowledge;
use super::limits::{ChildArgs, LimitArgs};
use super::trouble::{Trouble, tell};
use super::words::say;
use super::{Exit, output, settings};
use crate::web::bounds;
use crate::web::serve::{self, Engine, Server, Settings};

/// `gouji serve`
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[arg(
        long,
        default_value_t = 0,
        hide_default_value = true,
        value_name = say("端口", "PORT"),
        help = say("端口；不指定时取任意空闲端口", "the port; by default any free one"),
    )]
    port: u16,
    #[arg(
        long,
        help = say(
            "让同一局域网的其他电脑也能打开（须用带口令的地址；内容不加密，仅限可信的内网）",
            "let other computers of the network in, by the address with the token; not encrypted: trusted networks only",
        ),
    )]
    lan: bool,
    #[arg(
        long = "host",
        value_name = say("名称", "NAME"),
        help = say("别人访问本机时所用的名称（如 budget-pc），可重复", "a name by which others call this computer (budget-pc); repeatable"),
    )]
    hosts: Vec<String>,
    #[arg(long, help = say("不自动打开浏览器", "do not open the browser"))]
    no_open: bool,
    #[command(flatten)]
    knowledge: Knowledge,
    #[command(flatten)]
    child: ChildArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

/// `gouji page-worker`, started by the server alone.
#[derive(Debug, Args)]
pub(super) struct PageWorkerArgs {
    #[command(flatten)]
    knowledge: Knowledge,
    #[command(flatten)]
    child: ChildArgs,
    #[command(flatten)]
    limits: LimitArgs,
    folder: PathBuf,
    task: String,
}

/// Serves the page until Ctrl-C.
pub(super) fn run(command: &ServeArgs) -> Result<Exit, Trouble> {
    // What is wrong in it is told now, not to whoever brings the first workbook.
    let here = [PathBuf::from(".")];
    settings::Settings::known(&command.knowledge, &here)?;
    let program = std::env::current_exe().map_err(|error| failed(&error))?;
    let bounds = command.child.bounds(serve::PATIENCE);
    let mut arguments = vec!["page-worker".into()];
    arguments.extend(ChildArgs::arguments(bounds));
    arguments.extend(command.limits.arguments());
    arguments.extend(settings::arguments(&command.knowledge, &here));
    let engine = Engine::Child { program, arguments };
    let settings = Settings {
        limits: command.limits.over(&serve::limits()),
        bounds,
        port: command.port,
        lan: command.lan,
        hosts: command.hosts.clone(),
        ..Settings::new(engine)
    };
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(&error))?
        .block_on(async {
            let server = Server::bind(settings).await.map_err(|error| failed(&error))?;
            greet(&server, command)?;
            server.run(stopped()).await.map_err(|error| failed(&error))?;
            tell(say("已停止，暂存的文件已清除。", "Stopped; stored files are deleted."));
            Ok(Exit::Clean)
        })
}

/// The page of a bare call: opened in the browser, on any free port.
pub(super) fn run_bare() -> Result<Exit, Trouble> {
    run(&ServeArgs {
        port: 0,
        lan: false,
        hosts: Vec::new(),
        no_open: false,
        knowledge: Knowledge::default(),
        child: ChildArgs::default(),
        limits: LimitArgs::default(),
    })
}

fn greet(server: &Server, command: &ServeArgs) -> Result<(), Trouble> {
    let urls = server.urls();
    output::print(|out| urls.iter().try_for_each(|url| writeln!(out, "{url}")))?;
    if command.lan {
        tell(say(
            "局域网内其他电脑请用第二个地址打开；内容不加密，请只在可信的内网使用。",
            "Other computers: use the second address. Not encrypted: trusted networks only.",
        ));
    }
    tell(say("按 Ctrl-C 停止。", "Press Ctrl-C to stop."));
    if !command.no_open && server.to_open().and_then(open::that_detached).is_err() {
        tell(say(
            "未能自动打开浏览器，请手工打开上面的地址。",
            "No browser could be opened: open the address above.",
        ));
    }
    Ok(())
}

/// Done at Ctrl-C, or when the system asks the program to end.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut terminate), Ok(mut hangup)) =
            (signal(SignalKind::terminate()), signal(SignalKind::hangup()))
        {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}

/// Does one task of a job and tells the files begun on standard output, a JSON string a line.
pub(super) fn work(command: &PageWorkerArgs) -> Result<Exit, Trouble> {
    bounds::end_with_parent();
    let bounds = command.child.bounds(serve::PATIENCE);
    bounds::bound_memory(bounds.memory).map_err(|error| failed(&error))?;
    let tell = |name: &str| {
        let mut out = io::stdout().lock();
        let _ = serde_json::to_writer(&mut out, name).map(|()| writeln!(out));
        let _ = out.flush();
    };
    let limits = command.limits.over(&serve::limits());
    let known = settings::Settings::known(&command.knowledge, &[])?.options;
    serve::work(&command.folder, &command.task, &known, &limits, bounds, tell)
        .map_err(|error| failed(&error))?;
    Ok(Exit::Clean)
}

fn failed(error: &io::Error) -> Trouble {
    Trouble::new(format!("页面未能启动：{error}"), format!("the page could not be served: {error}"))
}
