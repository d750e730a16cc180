//! All services on one port.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

use axum::Router;
use axum::middleware;
use tokio::runtime::Runtime;

use crate::control;
use crate::drive;
use crate::graph;
use crate::rapidpro;
use crate::synthetic::SyntheticProject;
use crate::timeline::Timeline;
use crate::traffic::{self, Traffic};

/// The services and what is around them. Clones share their state.
#[derive(Debug, Clone, Default)]
pub struct Services {
    /// Up to when messages are shown.
    pub timeline: Timeline,
    /// Requests, faults and recorded answers.
    pub traffic: Traffic,
    /// Workspaces of RapidPro.
    pub rapidpro: rapidpro::Server,
    /// Pages of Facebook.
    pub graph: graph::Server,
    /// Google Drive.
    pub drive: drive::Server,
}

/// Services that listen on loopback until this is dropped.
#[derive(Debug)]
pub struct Emulator {
    /// The services, to look at and to change while they run.
    pub services: Services,
    url: String,
    runtime: Option<Runtime>,
}

impl Services {
    /// Services that give what is in a made-up project.
    pub fn of(project: &SyntheticProject) -> Self {
        let services = Self::default();
        for workspace in &project.workspaces {
            services.rapidpro.add(workspace.clone());
        }
        for page in &project.pages {
            services.graph.add(page.clone());
        }
        services
    }

    /// The routers of all services.
    fn router(&self) -> Router {
        let services = Router::new()
            .merge(rapidpro::router(self.rapidpro.clone(), self.timeline.clone()))
            .merge(drive::router(self.drive.clone()))
            .merge(graph::router(self.graph.clone(), self.timeline.clone()))
            .fallback(traffic::not_found)
            .layer(middleware::from_fn_with_state(self.traffic.clone(), traffic::watch));
        Router::new().nest("/control", control::router(self.clone())).merge(services)
    }
}

impl Emulator {
    /// Starts on a free port.
    ///
    /// # Errors
    ///
    /// When there is no free port.
    pub fn start(services: Services) -> io::Result<Self> {
        Self::start_on(services, 0)
    }

    /// Starts on this port; 0 is a free one.
    ///
    /// # Errors
    ///
    /// When somebody else listens there.
    pub fn start_on(services: Services, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("service-emulator")
            .enable_all()
            .build()?;
        let router = services.router();
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        runtime.spawn(async move {
            // It ends with the runtime.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { services, url, runtime: Some(runtime) })
    }

    /// Where the services are, e.g. `http://127.0.0.1:8000`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // Without waiting for answers that are under way.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
