//! The certificate that a site shows and this computer does not trust: fetched, looked at by a person, accepted or not. Nothing
//! is sent to the server before.

use super::{General, TrustChoice};
use crate::flow::{Asker, Query, Ticket};
use crate::model::site::PresentedCertificate;
use crate::model::{Failure, Fingerprint, Problem, ProviderAddress, Result};

/// A certificate that waits for a person's yes or no.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferedCertificate {
    /// Who shows it.
    pub provider: ProviderAddress,
    /// What it says.
    pub certificate: PresentedCertificate,
    /// Why it is not trusted.
    pub distrust: Distrust,
}

/// Why a certificate is not trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distrust {
    /// This computer does not trust it.
    Unknown {
        /// What is wrong with it.
        cause: String,
    },
    /// A person has accepted another one.
    Changed {
        /// That one.
        accepted: Fingerprint,
    },
}

fn distrust(problem: &Problem) -> Option<Distrust> {
    Some(match problem {
        Problem::CertificateUnknown { cause, .. } => Distrust::Unknown { cause: cause.clone() },
        Problem::CertificateChanged { accepted, .. } => Distrust::Changed { accepted: *accepted },
        _ => return None,
    })
}

impl General {
    /// Why exactly what is typed now was not asked: its certificate is unknown, or not the accepted one.
    pub fn refused_certificate(&self) -> Option<&Failure> {
        let access = self.access().ok()?;
        let failure = self.reading.failure(&access)?;
        distrust(failure.problem()).is_some().then_some(failure)
    }

    /// The certificate that waits for a person's yes or no, for exactly the provider that is typed now.
    pub fn offered_certificate(&self) -> Option<OfferedCertificate> {
        let distrust = distrust(self.refused_certificate()?.problem())?;
        let provider = self.provider.parse().ok()?;
        let certificate = self.certificate.fresh(&provider)?.clone();
        Some(OfferedCertificate {
            provider,
            certificate,
            distrust,
        })
    }

    /// The same while a person looks at it.
    pub fn certificate_looked_at(&self) -> Option<OfferedCertificate> {
        self.offered_certificate().filter(|_| self.looks_at_certificate)
    }

    /// Whether the certificate is being fetched.
    pub fn awaits_certificate(&self) -> bool {
        let provider = self.provider.parse();
        provider.is_ok_and(|provider| self.certificate.is_asking(&provider))
    }

    /// Shows the certificate that was refused, and fetches it where it is not there.
    pub fn look_at_certificate(&mut self, asker: &mut Asker) {
        if self.offered_certificate().is_some() {
            self.looks_at_certificate = true;
        } else if self.refused_certificate().is_some() {
            self.fetch_certificate(asker);
        }
    }

    pub(super) fn fetch_certificate(&mut self, asker: &mut Asker) {
        let Ok(provider) = self.provider.parse::<ProviderAddress>() else {
            return;
        };
        asker.abandon(self.certificate.stop());
        let ticket = asker.query(Query::Certificate(provider.clone()));
        self.certificate.ask(provider, ticket);
    }

    /// The certificate has come; where it is still the one in question, a person looks at it. Answers whether it was awaited.
    pub(in crate::flow) fn take_certificate(&mut self, ticket: Ticket, answer: Result<PresentedCertificate>) -> bool {
        let taken = self.certificate.answer(ticket, answer);
        if taken {
            self.looks_at_certificate = self.offered_certificate().is_some();
        }
        taken
    }

    /// No, or not yet: everything stays as it is.
    pub fn decline_certificate(&mut self) {
        self.looks_at_certificate = false;
    }

    /// Accepts the certificate that is looked at, this one only, and asks the site again.
    pub fn accept_certificate(&mut self, asker: &mut Asker) {
        if let Some(offered) = self.certificate_looked_at() {
            self.note_accepted(offered.certificate.fingerprint, offered.provider);
            self.connect(asker);
        }
    }

    pub(super) fn note_accepted(&mut self, fingerprint: Fingerprint, at: ProviderAddress) {
        self.trust = TrustChoice::Accepted(fingerprint);
        self.accepted_at = Some(at);
    }

    /// Another server is typed: a certificate that was accepted belongs to the one before.
    pub(super) fn forget_accepted(&mut self) {
        self.accepted_at = None;
        if matches!(self.trust, TrustChoice::Accepted(_)) {
            self.trust = TrustChoice::System;
        }
    }
}
