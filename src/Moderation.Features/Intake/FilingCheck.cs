// Judges a filing against the report it is for: signature of the same device, form, and agreement with the manifest.
using System.Text.Json;
using System.Text.Json.Serialization;
using Moderation.Contracts.Intake;
using Moderation.Domain;
using Moderation.Domain.Accounts;
using Moderation.Domain.Reports;
using Moderation.Evidence;
using Moderation.Features.Http;

namespace Moderation.Features.Intake;

/// <summary>A filing that passed: its reason and whom it names.</summary>
internal sealed record CheckedFiling(CoseSign1 Envelope, Reason Reason, IReadOnlyList<byte[]> Subjects);

internal static class FilingCheck
{
    // triage.md 2.1.
    private const int MostBytes = 8 * 1024;
    private const int MostSubjects = 50;

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        PropertyNameCaseInsensitive = false,
        NumberHandling = JsonNumberHandling.Strict,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
    };

    public static Outcome<CheckedFiling> Judge(byte[] bytes, Report report, byte[] meeting, Device device)
    {
        var key = CoseKey.From((CoseAlgorithm)device.Algorithm, device.PublicKey);
        if (
            CoseSign1.Parse(bytes, CoseContentTypes.Filing) is not { } envelope
            || key is null
            || !envelope.Verify(key, CoseLabels.Filing)
        )
            return ReportRefusals.FilingInvalid("It is not signed by the device that signed the report.");
        if (envelope.Payload.Length > MostBytes || Read(envelope.Payload.Span) is not { } filing)
            return ReportRefusals.FilingInvalid("Its payload is not the JSON of a filing.");
        if (
            filing.Version != 1
            || !Equal(filing.Meeting, meeting)
            || !Equal(filing.Reporter, report.Reporter)
            || !Equal(filing.ContentId, report.ContentId)
        )
            return ReportRefusals.FilingInvalid(
                "Version, meeting, reporter and content id must be those of the bundle."
            );
        if (filing.CreatedMs < 0 || filing.MarkerMs < 0 || !IsLocale(filing.Locale))
            return ReportRefusals.FilingInvalid("A time or the locale is not what it must be.");
        // Otherwise a report could be filed under a harmless reason and sealed under a grave one.
        if (Reason.ByCode(filing.Reason) is not { } reason || reason.Number != report.Reason)
            return ReportRefusals.FilingInvalid("The reason is unknown, or not the one in the manifest.");
        return ReadSubjects(filing.Subjects) is { } subjects
            ? new CheckedFiling(envelope, reason, subjects)
            : ReportRefusals.FilingInvalid("Subjects are 0 to 50 distinct pseudonyms of 16 bytes.");
    }

    private static Filing? Read(ReadOnlySpan<byte> payload)
    {
        try
        {
            return JsonSerializer.Deserialize<Filing>(payload, Strict);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static List<byte[]>? ReadSubjects(IReadOnlyList<string> texts)
    {
        if (texts.Count > MostSubjects)
            return null;
        List<byte[]> subjects = [];
        foreach (var text in texts)
        {
            // Zeros mean nobody (evidence-bundle.md 6.1).
            if (!Bytes.TryRead(text, 16, out var subject) || !subject.AsSpan().ContainsAnyExcept((byte)0))
                return null;
            if (subjects.Exists(other => other.AsSpan().SequenceEqual(subject)))
                return null;
            subjects.Add(subject);
        }
        return subjects;
    }

    private static bool Equal(string? text, byte[] expected) =>
        Bytes.TryRead(text, expected.Length, out var bytes) && bytes.AsSpan().SequenceEqual(expected);

    // BCP 47 in shape: letters, digits and hyphens, at most 35 characters (RFC 5646, 4.4.1).
    private static bool IsLocale(string text) =>
        text.Length is >= 1 and <= 35 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');
}
