//! Access tokens: asked for once, renewed when refused, never shown.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use google_services::documents::{CollectionPath, DocumentDatabase as _, Firestore};
use google_services::{AccessTokens, Authorization, Credentials, RetryPolicy, ServiceAccountKey};
use serde_json::{Value as Json, json};

use crate::server::{Reply, Server};

const SECRET: &str = "ya29.made-up-token";

#[test]
fn a_signed_claim_is_exchanged_for_a_token() {
    let server = Server::new(|request| match request.line.starts_with("POST /token") {
        true => Reply::json(200, &json!({"access_token": SECRET, "expires_in": 3600})),
        false => Reply::json(200, &json!([{"readTime": "2021-06-01T08:00:00Z"}])),
    });
    let database = database(&server);
    for _ in 0..2 {
        let things = CollectionPath::top("things");
        database.snapshot().unwrap().count(&things).unwrap_err();
    }
    let requests = server.requests();
    let lines: Vec<&str> = requests.iter().map(|request| request.line.as_str()).collect();
    let count = "POST /v1/projects/p/databases/(default)/documents:runAggregationQuery";
    assert_eq!(lines, ["POST /token", count, count]);
    assert_eq!(requests[1].header("authorization"), Some(&*format!("Bearer {SECRET}")));

    let form = requests[0].text();
    let (grant, assertion) = form.split_once("&assertion=").unwrap();
    assert_eq!(grant, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer");
    let parts: Vec<&str> = assertion.split('.').collect();
    let decode = |part: &str| -> Json {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    assert_eq!(decode(parts[0])["alg"], "RS256");
    let claim = decode(parts[1]);
    assert_eq!(claim["iss"], "nobody@made-up-project.iam.gserviceaccount.com");
    assert_eq!(claim["aud"], format!("{}/token", server.url));
    assert_eq!(claim["exp"].as_i64().unwrap() - claim["iat"].as_i64().unwrap(), 3600);
    assert_eq!(URL_SAFE_NO_PAD.decode(parts[2]).unwrap().len(), 2048 / 8);
}

#[test]
fn a_refused_token_is_renewed() {
    let mut n_tokens = 0;
    let server = Server::new(move |request| {
        if request.line.starts_with("POST /token") {
            n_tokens += 1;
            let token = format!("token-{n_tokens}");
            return Reply::json(200, &json!({"access_token": token, "expires_in": 3600}));
        }
        match request.header("authorization") {
            Some("Bearer token-2") => Reply::json(
                200,
                &json!([{"result": {"aggregateFields": {"n": {"integerValue": "7"}}}}]),
            ),
            _ => Reply::json(401, &json!({"error": {"status": "UNAUTHENTICATED"}})),
        }
    });
    let database = database(&server);
    let things = CollectionPath::top("things");
    assert_eq!(database.snapshot().unwrap().count(&things).unwrap(), 7);
}

#[test]
fn a_revoked_key_says_so_and_shows_nothing() {
    let server = Server::new(|_| {
        Reply::json(
            400,
            &json!({"error": "invalid_grant", "error_description": "Invalid JWT Signature."}),
        )
    });
    let database = database(&server);
    let things = CollectionPath::top("things");
    let error = database.snapshot().unwrap().count(&things).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Google's token service refused with invalid_grant (400): Invalid JWT Signature."
    );
    assert!(error.hint().unwrap().contains("clock"));
    let shown = format!("{error:?} {database:?}");
    assert!(!shown.contains("PRIVATE KEY") && !shown.contains("assertion"), "{shown}");
    assert!(shown.contains("nobody@made-up-project"), "{shown}");
}

fn database(server: &Server) -> Firestore {
    let retries = RetryPolicy::WITHOUT_PAUSES;
    let tokens = AccessTokens::new(key(&server.url), "scope", retries);
    Firestore::new(&server.url, "p", Authorization::Tokens(tokens), retries).unwrap()
}

fn key(url: &str) -> ServiceAccountKey {
    let text = include_str!("../data/made_up_service_account.json");
    let mut json: Json = serde_json::from_str(text).unwrap();
    json["token_uri"] = json!(format!("{url}/token"));
    match Credentials::parse("key", &json.to_string(), None).unwrap() {
        Credentials::ServiceAccount(key) => key,
        other => panic!("{other:?}"),
    }
}
