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

/// <summary>A filing without a bundle that passed, with what else it names: 16, 16 and 32 bytes.</summary>
internal sealed record FilingAlone(CheckedFiling Filing, byte[] Meeting, byte[] Reporter, byte[] Challenge);

internal static class FilingCheck
{
    // triage.md 2.1.
    private const int MostBytes = 8 * 1024;
    private const int MostSubjects = 50;
    private const int MostNote = 1_000;

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

    /// <summary>The filing of a report that has a bundle: signed by its device, and saying what its manifest says.</summary>
    public static Outcome<CheckedFiling> Judge(byte[] bytes, Report report, byte[] meeting, Device device)
    {
        var outcome = Open(bytes, device);
        if (outcome.Refusal is { } refusal)
            return refusal;
        var (envelope, filing) = outcome.Value;
        if (
            filing.Version != 1
            || !Equal(filing.Meeting, meeting)
            || !Equal(filing.Reporter, report.Reporter)
            || !Equal(filing.ContentId, report.ContentId)
        )
            return ReportRefusals.FilingInvalid(
                "Version, meeting, reporter and content id must be those of the bundle."
            );
        if (filing.Challenge is not null || filing.Note is not null)
            return ReportRefusals.FilingInvalid("A challenge or a note goes with a filing that has no bundle.");
        // Otherwise a report could be filed under a harmless reason and sealed under a grave one.
        return Reason.ByCode(filing.Reason) is { } reason && reason.Number == report.Reason
            ? Complete(envelope, filing, reason)
            : ReportRefusals.FilingInvalid("The reason is unknown, or not the one in the manifest.");
    }

    /// <summary>A filing that is the whole report (triage.md 2.1): it answers a challenge itself, and may carry a note.</summary>
    public static Outcome<FilingAlone> JudgeAlone(byte[] bytes, Device device)
    {
        var outcome = Open(bytes, device);
        if (outcome.Refusal is { } refusal)
            return refusal;
        var (envelope, filing) = outcome.Value;
        if (
            filing.Version != 1
            || filing.ContentId is not null
            || !Bytes.TryRead(filing.Meeting, 16, out var meeting)
            || !Bytes.TryRead(filing.Reporter, 16, out var reporter)
            || !Bytes.TryRead(filing.Challenge, 32, out var challenge)
        )
            return ReportRefusals.FilingInvalid(
                "Without a bundle it has version 1, meeting, reporter and challenge, and the content id null."
            );
        if (
            filing.Note is { Length: < 1 or > MostNote }
            || filing.Note?.Contains('\0', StringComparison.Ordinal) == true
        )
            return ReportRefusals.FilingInvalid($"A note has 1 to {MostNote} characters.");
        if (Reason.ByCode(filing.Reason) is not { } reason)
            return ReportRefusals.FilingInvalid("The reason is unknown.");
        var judged = Complete(envelope, filing, reason);
        return judged.Refusal is { } unfit ? unfit : new FilingAlone(judged.Value, meeting, reporter, challenge);
    }

    // Signature before payload: nothing is read that nobody we know has signed.
    private static Outcome<(CoseSign1 Envelope, Filing Filing)> Open(byte[] bytes, Device device)
    {
        var key = CoseKey.From((CoseAlgorithm)device.Algorithm, device.PublicKey);
        if (
            CoseSign1.Parse(bytes, CoseContentTypes.Filing) is not { } envelope
            || key is null
            || !envelope.Verify(key, CoseLabels.Filing)
        )
            return ReportRefusals.FilingInvalid("It is not signed by the device that files the report.");
        if (envelope.Payload.Length > MostBytes || Read(envelope.Payload.Span) is not { } filing)
            return ReportRefusals.FilingInvalid("Its payload is not the JSON of a filing.");
        return (envelope, filing);
    }

    private static Outcome<CheckedFiling> Complete(CoseSign1 envelope, Filing filing, Reason reason)
    {
        if (filing.CreatedMs < 0 || filing.MarkerMs < 0 || !IsLocale(filing.Locale))
            return ReportRefusals.FilingInvalid("A time or the locale is not what it must be.");
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
