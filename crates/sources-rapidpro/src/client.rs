//! What a workspace can be asked for.

use std::collections::HashSet;
use std::sync::Arc;

use checked_json::nearest;
use fetching::{Clock, Time};
use pipeline_config::RapidProSource;
use reqwest::Url;
use serde::de::DeserializeOwned;

use crate::answers::{self, Archive, Flow, Page, ServerContact, Workspace};
use crate::error::RapidProError;
use crate::records::RawRun;
use crate::transport::{Scope, Token, Transport};

/// The API of one workspace.
///
/// Lists are asked for oldest first: a server that gives them newest first, as it does unasked,
/// leaves out what changes while one reads.
pub struct RapidPro {
    transport: Transport,
}

/// Which contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ContactStatus {
    Present,
    Deleted,
}

/// How many names of flows an error lists.
const N_NEAR_NAMES: usize = 3;

impl RapidPro {
    /// The workspace that `token` belongs to, on the server of `source`.
    ///
    /// # Errors
    ///
    /// [`RapidProError::BadDomain`].
    pub fn new(
        source: &RapidProSource,
        token: Token,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, RapidProError> {
        let timeout_secs = source.request_timeout_secs;
        Ok(Self { transport: Transport::new(&source.domain, token, timeout_secs, clock)? })
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// The workspace.
    ///
    /// # Errors
    ///
    /// [`RapidProError`].
    pub fn workspace(&self) -> Result<Workspace, RapidProError> {
        let what = "its workspace";
        let url = self.transport.url("workspace.json", &[]);
        self.transport.get(&url, Scope::Other, what, |body| {
            fetching::read_json(body).map_err(|source| self.misread(what, source))
        })
    }

    /// All flows, also those that are put aside.
    pub(crate) fn flows(&self) -> Result<Vec<Flow>, RapidProError> {
        let mut flows = Vec::new();
        self.pages("flows.json", &[], Scope::Other, "its flows", |page: Vec<Flow>| {
            flows.extend(page);
            Ok(())
        })?;
        Ok(flows)
    }

    /// Archives of runs, the oldest first.
    pub(crate) fn archives(&self) -> Result<Vec<Archive>, RapidProError> {
        let mut archives = Vec::new();
        // `type` is the newer name, which older servers ignore; all know this one.
        let parameters = [("archive_type", "run".to_owned())];
        let what = "its archives";
        self.pages("archives.json", &parameters, Scope::Other, what, |page: Vec<Archive>| {
            archives.extend(page.into_iter().filter(Archive::has_runs));
            Ok(())
        })?;
        archives.sort_by(|one, other| one.start_date.cmp(&other.start_date));
        Ok(archives)
    }

    /// The runs of a flow that changed at `after` or later, page by page, oldest first.
    pub(crate) fn runs(
        &self,
        flow: &str,
        flow_uuid: &str,
        after: Option<Time>,
        mut on_page: impl FnMut(Vec<RawRun>) -> Result<(), RapidProError>,
    ) -> Result<(), RapidProError> {
        let what = format!("runs of flow `{flow}`");
        let mut parameters = vec![
            ("flow", flow_uuid.to_owned()),
            ("paths", "false".to_owned()),
            ("reverse", "true".to_owned()),
        ];
        parameters.extend(after.map(|after| ("after", after.to_parameter())));
        self.pages("runs.json", &parameters, Scope::Runs, &what, |page: Vec<RawRun>| {
            if !answers::check_flow(&page, flow_uuid) {
                let server = self.transport.server.clone();
                return Err(RapidProError::OtherFlow { server, what: what.clone() });
            }
            on_page(page)
        })
    }

    /// The contacts that changed at `after` or later, page by page, oldest first.
    pub(crate) fn contacts(
        &self,
        status: ContactStatus,
        after: Option<Time>,
        on_page: impl FnMut(Vec<ServerContact>) -> Result<(), RapidProError>,
    ) -> Result<(), RapidProError> {
        let mut parameters = vec![("reverse", "true".to_owned())];
        let what = match status {
            ContactStatus::Present => "its contacts",
            ContactStatus::Deleted => {
                parameters.push(("deleted", "true".to_owned()));
                "its deleted contacts"
            }
        };
        parameters.extend(after.map(|after| ("after", after.to_parameter())));
        self.pages("contacts.json", &parameters, Scope::Contacts, what, on_page)
    }

    /// Asks for all pages of a list.
    fn pages<T: DeserializeOwned>(
        &self,
        endpoint: &str,
        parameters: &[(&str, String)],
        scope: Scope,
        what: &str,
        mut on_page: impl FnMut(Vec<T>) -> Result<(), RapidProError>,
    ) -> Result<(), RapidProError> {
        let mut url = self.transport.url(endpoint, parameters);
        let mut seen: HashSet<Url> = HashSet::from([url.clone()]);
        loop {
            let (results, next) = self.transport.get(&url, scope, what, |body| {
                let page: Page<T> =
                    answers::read_page(body).map_err(|source| self.misread(what, source))?;
                let next = page.next.as_deref().map(|next| self.next(endpoint, parameters, next));
                match next {
                    Some(next) if seen.contains(&next) => Err(RapidProError::RepeatedPage {
                        server: self.transport.server.clone(),
                        what: what.to_owned(),
                    }),
                    next => Ok((page.results, next)),
                }
            })?;
            on_page(results)?;
            match next {
                Some(next) => url = next,
                None => return Ok(()),
            }
            seen.insert(url.clone());
        }
    }

    /// The URL of the next page: what the server says of where it is, added to what we asked for.
    ///
    /// The rest of the link is not taken: behind a proxy it can name another host, which must not
    /// get the token.
    fn next(&self, endpoint: &str, parameters: &[(&str, String)], link: &str) -> Url {
        let mut url = self.transport.url(endpoint, parameters);
        if let Ok(link) = Url::parse(link) {
            let position = link
                .query_pairs()
                .filter(|(key, _)| matches!(&**key, "cursor" | "offset" | "limit"));
            url.query_pairs_mut().extend_pairs(position);
        }
        url
    }

    fn misread(&self, what: &str, source: fetching::Misread) -> RapidProError {
        let (server, what) = (self.transport.server.clone(), what.to_owned());
        RapidProError::Misread { server, what, source }
    }
}

/// The flow called `name`; of several the one that is not put aside.
pub(crate) fn find_flow<'a>(
    flows: &'a [Flow],
    name: &str,
    workspace: &str,
) -> Result<&'a Flow, RapidProError> {
    let named: Vec<&Flow> = flows.iter().filter(|flow| flow.name == name).collect();
    let in_use: Vec<&Flow> = named.iter().copied().filter(|flow| !flow.archived).collect();
    match (&*named, &*in_use) {
        ([flow], _) | (_, [flow]) => Ok(flow),
        ([], _) => Err(RapidProError::UnknownFlow {
            workspace: workspace.to_owned(),
            flow: name.to_owned(),
            near: near_names(flows, name),
        }),
        _ => Err(RapidProError::AmbiguousFlow {
            workspace: workspace.to_owned(),
            flow: name.to_owned(),
            uuids: named.iter().map(|flow| flow.uuid.clone()).collect(),
        }),
    }
}

/// The names that are most like `name`, the most like it first.
fn near_names(flows: &[Flow], name: &str) -> Vec<String> {
    let mut left: Vec<&str> = flows.iter().map(|flow| flow.name.as_str()).collect();
    let mut near = Vec::new();
    while near.len() < N_NEAR_NAMES {
        let Some((found, true)) = nearest(name, left.iter().copied()) else { break };
        near.push(found.to_owned());
        left.retain(|other| *other != near[near.len() - 1]);
    }
    near
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_is_found_by_its_name() {
        let flows = [flow("1", "a_demog", false), flow("2", "a_s01e01", false)];
        assert_eq!(find_flow(&flows, "a_s01e01", "w").unwrap().uuid, "2");
    }

    #[test]
    fn of_several_flows_the_one_in_use_is_meant() {
        let flows = [flow("1", "a", true), flow("2", "a", false)];
        assert_eq!(find_flow(&flows, "a", "w").unwrap().uuid, "2");
        let flows = [flow("1", "a", false), flow("2", "a", false)];
        let error = find_flow(&flows, "a", "w").unwrap_err();
        assert_eq!(error.to_string(), "workspace `w` has several flows `a`: 1, 2");
    }

    #[test]
    fn an_unknown_flow_is_answered_with_those_like_it() {
        let flows = [flow("1", "demog", false), flow("2", "a_s01e01", false), flow("3", "x", true)];
        let error = find_flow(&flows, "a_s01e1", "w").unwrap_err();
        assert_eq!(
            error.to_string(),
            "workspace `w` has no flow `a_s01e1`; like it are: `a_s01e01`"
        );
    }

    fn flow(uuid: &str, name: &str, archived: bool) -> Flow {
        Flow { uuid: uuid.to_owned(), name: name.to_owned(), archived }
    }
}
