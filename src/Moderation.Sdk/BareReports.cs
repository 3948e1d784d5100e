// Reports without media: a signed filing, no ring and no bundle (sdk-and-cli.md 1.5).
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Moderation.Contracts.Intake;
using Moderation.Evidence;
using Moderation.Sdk.Http;

namespace Moderation.Sdk;

/// <summary>Who is reported and why, where there is nothing to show.</summary>
/// <param name="Subjects">0 to 50 distinct participant pseudonyms of 16 bytes; none means the meeting itself.</param>
/// <param name="Reason">Reason code of triage.md 16, such as <c>harassment</c>.</param>
/// <param name="Note">At most 1,000 characters. It is NOT sealed: the service can read it, and the user must be told so.</param>
/// <param name="Gesture">The user's act; used up by the report.</param>
public sealed record BareReport(
    MeetingInstance Meeting,
    IReadOnlyList<byte[]> Subjects,
    string Reason,
    string? Note,
    UserGesture Gesture
);

public static class BareReports
{
    private const int MostNote = 1_000;

    /// <summary>Signs and files the report; it is in triage when this returns. Trying again files another report.</summary>
    /// <exception cref="ModerationApiException">The service refused; its code says why.</exception>
    /// <exception cref="ModerationClientException"><c>client.receipt</c>: the receipt does not verify.</exception>
    /// <exception cref="ArgumentException">The note is longer than 1,000 characters.</exception>
    public static async Task<ReportReceipt> ReportAsync(
        this ModerationHost host,
        BareReport report,
        CancellationToken ct = default
    )
    {
        if (report.Note?.Length > MostNote)
            throw new ArgumentException($"A note has at most {MostNote} characters.", nameof(report));
        report.Gesture.Use();
        var options = host.Options;
        var challenge = await host.Api.ChallengeAsync(
            options.DeviceSigner.PublicKey.Kid.ToArray(),
            report.Meeting.Uuid,
            report.Meeting.Reporter,
            ct
        );
        var payload = JsonSerializer.SerializeToUtf8Bytes(
            new Filing(
                1,
                Base64Url.EncodeToString(report.Meeting.Uuid),
                Base64Url.EncodeToString(report.Meeting.Reporter),
                [.. report.Subjects.Select(s => Base64Url.EncodeToString(s))],
                report.Reason,
                ContentId: null,
                options.Clock.GetUtcNow().ToUnixTimeMilliseconds(),
                options.Locale,
                Challenge: Base64Url.EncodeToString(challenge.Challenge),
                Note: string.IsNullOrEmpty(report.Note) ? null : report.Note
            ),
            HostApi.Json
        );
        var signed = CoseSign1.Sign(options.DeviceSigner, CoseContentTypes.Filing, CoseLabels.Filing, payload);
        var accepted = await host.Api.SendLoneFilingAsync(signed, ct);
        var receipt = Base64Url.DecodeFromChars(accepted.Receipt);
        var contentId = SHA256.HashData(payload);
        if (IntakeReceipt.Verify(receipt, options.ReceiptKey, contentId).Refusal is { } refusal)
            throw ModerationClientException.Receipt(refusal.Code);
        return new ReportReceipt(accepted.ReportId, contentId, receipt);
    }
}
