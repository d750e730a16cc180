//! Stands in for RapidPro, the Graph API and Google Drive on this machine, for the demo and tests.
