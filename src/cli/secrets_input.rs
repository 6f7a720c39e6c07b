//! Secrets from a prompt without echo, or from one line of JSON on standard input. Never from arguments.

use serde::Deserialize;
use zeroize::Zeroizing;

use super::host::Host;
use crate::model::{Problem, Result, SecretKey, SitePassword};

/// Where secrets come from in this run. The line of JSON is read once.
pub struct SecretsInput<'a> {
    host: &'a Host,
    line: Option<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    client_secret: Option<Zeroizing<String>>,
    site_password: Option<Zeroizing<String>>,
}

impl<'a> SecretsInput<'a> {
    /// Reads the line where `--secrets-stdin` was given.
    ///
    /// # Errors
    /// [`Problem::Usage`] where it is not the JSON that was agreed. The text is not quoted: it holds secrets.
    pub async fn new(host: &'a Host, from_stdin: bool) -> Result<Self> {
        let line = if from_stdin {
            let text = host.line("").await?;
            let line = serde_json::from_str(&text).map_err(|error| Problem::Usage {
                what: format!(
                    "the line on standard input is not JSON with client_secret and site_password (see column {})",
                    error.column()
                ),
            })?;
            Some(line)
        } else {
            None
        };
        Ok(Self { host, line })
    }

    /// The secret key.
    ///
    /// # Errors
    /// [`Problem::SecretsMissing`], or what is wrong with it.
    pub async fn client_secret(&self) -> Result<SecretKey> {
        let text = self
            .take(
                |line| line.client_secret.as_ref(),
                "the client secret",
                "Secret key (not shown): ",
            )
            .await?;
        Ok(SecretKey::parse(&text)?)
    }

    /// The password of the site account.
    ///
    /// # Errors
    /// As [`SecretsInput::client_secret`].
    pub async fn site_password(&self, account: &str) -> Result<SitePassword> {
        let prompt = format!("Password of {account} (not shown): ");
        let text = self
            .take(|line| line.site_password.as_ref(), "the site password", &prompt)
            .await?;
        Ok(SitePassword::parse(&text)?)
    }

    async fn take(
        &self,
        field: impl Fn(&Line) -> Option<&Zeroizing<String>>,
        what: &str,
        prompt: &str,
    ) -> Result<Zeroizing<String>> {
        let missing = || Problem::SecretsMissing { what: what.to_owned() };
        match &self.line {
            Some(line) => Ok(field(line).cloned().ok_or_else(missing)?),
            None if self.host.terminal => self.host.secret(prompt).await,
            None => Err(missing().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(input: &'static str) -> Host {
        Host::new(input.as_bytes(), std::io::sink(), std::io::sink(), None)
    }

    #[tokio::test]
    async fn one_line_of_json() {
        let host = host("{\"client_secret\":\" s3cret \",\"site_password\":\"p w\"}\nmore");
        let input = SecretsInput::new(&host, true).await.unwrap();
        assert_eq!(input.client_secret().await.unwrap().expose(), "s3cret");
        assert_eq!(input.site_password("a").await.unwrap().expose(), "p w");
    }

    #[tokio::test]
    async fn an_unreadable_line_is_not_quoted() {
        let host = host("{\"client_secret\":\"s3cret\"");
        let failure = SecretsInput::new(&host, true).await.err().unwrap();
        assert!(!format!("{failure:?}").contains("s3cret"));
        assert_eq!(failure.problem().code(), "usage");
    }

    #[tokio::test]
    async fn nobody_to_ask() {
        let host = host("");
        let input = SecretsInput::new(&host, false).await.unwrap();
        assert_eq!(
            input.client_secret().await.err().unwrap().problem().code(),
            "secrets_missing"
        );
    }
}
