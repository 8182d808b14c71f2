//! The command line: arguments, exit codes, and the two streams.
//!
//! Exit codes: 0 nothing at or above `--fail-on`, 1 findings, 2 could not run. What was asked for goes to standard
//! output, everything else to standard error. Messages are Chinese unless `--lang en` (or `GOUJI_LANG=en`) says
//! otherwise; the machine's locale is not asked, so that the same call prints the same bytes everywhere.

mod annotate;
mod args;
mod bare;
mod check;
mod console;
#[cfg(feature = "parquet")]
mod convert;
#[cfg(feature = "parquet")]
mod convert_worker;
mod decisions;
mod evaluate;
mod explanations;
mod file_limit;
mod generate;
mod inputs;
mod inspect;
mod kinds;
mod limits;
#[cfg(feature = "mcp")]
mod mcp;
mod nearest;
mod opening;
mod output;
mod rules;
#[cfg(feature = "serve")]
mod serve;
mod settings;
mod trouble;
#[cfg(feature = "serve")]
mod watch;
mod words;

use std::ffi::OsString;
use std::process::ExitCode;

use args::Command;
use trouble::Trouble;

/// What a run of the program came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Exit {
    /// Nothing to report.
    Clean,
    /// Findings at or above `--fail-on`.
    Findings,
    /// Could not run.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Failed => 2,
        })
    }
}

/// Runs the program with the arguments of the process, its name first.
pub fn main(arguments: Vec<OsString>) -> ExitCode {
    words::choose(&arguments);
    file_limit::outlive();
    let code = run_and_tell(arguments);
    console::linger();
    code
}

fn run_and_tell(arguments: Vec<OsString>) -> ExitCode {
    let cli = match args::parse(arguments) {
        Ok(cli) => cli,
        Err(exit) => return exit.into(),
    };
    match run(cli) {
        Ok(exit) => exit.into(),
        // The reader of our output went away (`| head`): nothing is wrong, and nobody is left to tell.
        Err(trouble) if trouble.is_broken_pipe() => Exit::Clean.into(),
        Err(trouble) => {
            trouble.print();
            Exit::Failed.into()
        }
    }
}

fn run(cli: args::Cli) -> Result<Exit, Trouble> {
    if cli.command.is_some() && cli.bare.is_given() {
        return Err(Trouble::new(
            "-o、--select 等选项要写在命令后面",
            "options such as -o and --select go behind the command",
        )
        .hint("例如 gouji annotate 表.xlsx -o 文件夹", "as in gouji annotate FILE -o DIR"));
    }
    match cli.command {
        Some(Command::Check(command)) => check::run(&command),
        Some(Command::Annotate(command)) => annotate::annotate(&command),
        Some(Command::Unmark(command)) => annotate::unmark(&command),
        Some(Command::Verify(command)) => annotate::verify(&command),
        #[cfg(feature = "parquet")]
        Some(Command::Convert(command)) => convert::run(&command),
        #[cfg(feature = "parquet")]
        Some(Command::Merge(command)) => convert::merge(&command),
        #[cfg(all(feature = "parquet", feature = "serve"))]
        Some(Command::ConvertWorker(command)) => convert_worker::work(&command),
        Some(Command::Evaluate(command)) => evaluate::run(&command),
        Some(Command::Inspect(command)) => inspect::run(&command),
        Some(Command::Rules(knowledge)) => rules::list(&knowledge),
        Some(Command::Kinds(knowledge)) => kinds::list(&knowledge),
        Some(Command::Words(knowledge)) => kinds::words(&knowledge),
        Some(Command::Explain(command)) => rules::explain(&command),
        Some(Command::Completions(command)) => generate::print(&command),
        Some(Command::Generate(command)) => generate::run(&command),
        #[cfg(feature = "serve")]
        Some(Command::Serve(command)) => serve::run(&command),
        #[cfg(feature = "serve")]
        Some(Command::PageWorker(command)) => serve::work(&command),
        #[cfg(feature = "mcp")]
        Some(Command::Mcp(command)) => mcp::run(&command),
        #[cfg(feature = "mcp")]
        Some(Command::McpWorker(command)) => mcp::work(&command),
        #[cfg(feature = "serve")]
        Some(Command::Watch(command)) => watch::run(&command),
        #[cfg(feature = "serve")]
        Some(Command::WatchWorker(command)) => watch::work(&command),
        None if !cli.bare.paths.is_empty() => bare::run(&cli.bare),
        // A double-click, or a call in a terminal; a script that forgot its arguments gets the help.
        #[cfg(feature = "serve")]
        None if std::io::IsTerminal::is_terminal(&std::io::stdout()) => serve::run_bare(),
        None => {
            args::print_help();
            Ok(Exit::Failed)
        }
    }
}
