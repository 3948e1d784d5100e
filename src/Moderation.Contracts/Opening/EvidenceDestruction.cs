// Asking for the destruction of a report's evidence, its outcome, and what the event log says of it.
namespace Moderation.Contracts.Opening;

/// <param name="Reason">Why, 1 .. 512 characters; it stands in the certificate. No names, no content.</param>
public sealed record DestructionRequest(string Reason);

/// <param name="ContentId">base64url of 32 bytes; it is kept.</param>
/// <param name="State">`asked` until a second custodian says the same, then `destroyed`.</param>
/// <param name="Certificate">base64url of the signed certificate (docs/custody.md); null while `asked`.</param>
public sealed record DestructionShape(
    string ReportId,
    string ContentId,
    string State,
    string Reason,
    DateTimeOffset AskedAt,
    DateTimeOffset? DestroyedAt,
    string? Certificate
);

/// <summary>One custodian asked for the destruction of a report's evidence.</summary>
public sealed record DestructionAsked(string ReportId)
{
    public const string Kind = "evidence.destruction-asked";
}

/// <summary>A report's evidence was destroyed; its digests stay.</summary>
/// <param name="ContentId">base64url of 32 bytes.</param>
/// <param name="CertificateSha256">Lower-case hex of the certificate's digest.</param>
public sealed record EvidenceDestroyed(string ReportId, string ContentId, string CertificateSha256)
{
    public const string Kind = "evidence.destroyed";
}
