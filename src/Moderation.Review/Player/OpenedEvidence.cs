// What is known about one report's evidence: first from its descriptors, then from the checks made while opening it.
using System.Buffers.Text;
using Moderation.Contracts.Triage;

namespace Moderation.Review.Player;

public enum OpeningStage
{
    Sealed,
    Opening,
    Verifying,
    Ready,
    Failed,
}

/// <summary>One segment as the player shows it; times in milliseconds from the window's start.</summary>
public sealed record SeenSegment(
    int Index,
    int Kind,
    string Participant,
    long Stream,
    double Start,
    double Duration,
    int Content,
    string State = "sealed",
    string? Code = null,
    string? Grade = null
)
{
    /// <summary>Frames of attested media that the host sent along, and those of which the relay's hash stands alone.</summary>
    public int PresentFrames { get; init; }
    public int MissingFrames { get; init; }

    /// <summary>Its own header never arrived; it plays with that of the nearest segment.</summary>
    public bool HeaderBorrowed { get; init; }

    /// <summary>A receipt was claimed and does not hold (evidence-bundle.md 12.5): no grade, and never G0.</summary>
    public bool AttestationFailed { get; init; }
    public bool IsGap => Kind == 7;
    public bool IsMedia => Kind is 1 or 2;
    public bool IsAudio => Content % 256 == 4;
}

public sealed record Lane(string Participant, long Stream, string Label, IReadOnlyList<SeenSegment> Segments);

public sealed record Spoken(double Ms, string Who, string Kind, string Text);

public sealed class OpenedEvidence
{
    private const string Nobody = "00000000000000000000000000000000";
    private readonly CaseReport report;
    private readonly SortedDictionary<int, SeenSegment> segments = [];
    private readonly List<Spoken> spoken = [];
    private readonly List<EvidenceEvent> errors = [];
    private readonly List<string> subjects;
    private string? reporter;
    private IReadOnlyList<Lane>? laneCache;
    private int lanesAre;

    public OpenedEvidence(CaseReport report)
    {
        this.report = report;
        subjects = [.. report.Subjects.Select(HexOf).Where(s => s != Nobody)];
        Duration = Math.Max(1, report.WindowEndMs - report.WindowStartMs);
        foreach (var s in report.Segments)
            segments[s.Index] = new SeenSegment(
                s.Index,
                s.Kind,
                HexOf(s.Participant),
                s.Stream,
                s.StartMs - report.WindowStartMs,
                s.DurationMs,
                s.Content,
                s.Stored ? "sealed"
                    : IsDestroyed ? "destroyed"
                    : "arriving"
            );
    }

    public OpeningStage Stage { get; private set; } = OpeningStage.Sealed;

    /// <summary><c>verified</c>, <c>verified-with-gaps</c>, <c>cannot-verify</c>, <c>altered</c>, <c>attestation-failed</c>; null before the verdict.</summary>
    public string? Badge { get; private set; }
    public double Duration { get; }
    public double Clock { get; private set; }
    public bool Playing { get; private set; }
    public bool Waiting { get; private set; }
    public bool Muted { get; private set; } = true;
    public bool Revealed { get; private set; }
    public string? Note { get; private set; }
    public EvidenceEvent? Manifest { get; private set; }
    public IReadOnlyList<string> Subjects => subjects;
    public IReadOnlyList<EvidenceEvent> Errors => errors;
    public IReadOnlyList<Spoken> Transcript => spoken;
    public IReadOnlyCollection<SeenSegment> Segments => segments.Values;
    public int Asked => segments.Values.Count(s => !s.IsGap);
    public int Gaps => segments.Values.Count(s => s.IsGap);
    public int Checked => segments.Values.Count(s => s.State is "verified" or "failed");
    public int Verified => segments.Values.Count(s => s.State == "verified");

    /// <summary>Wraps and ciphertext are gone for good; nothing of it can be opened or is still to come.</summary>
    public bool IsDestroyed => report.State == "evidence_destroyed";
    public double? Marker => report.MarkerMs is { } at ? at - report.WindowStartMs : null;

    /// <summary>The grade of what was opened: a failed attestation is never shown as merely asserted.</summary>
    public string Grade
    {
        get
        {
            if (segments.Values.Any(s => s.AttestationFailed))
                return "attestation-failed";
            var media = segments.Values.Where(s => s.IsMedia && s.Grade is not null).ToList();
            if (!media.Exists(s => s.Grade == "G1"))
                return "G0";
            return media.TrueForAll(s => s.Grade == "G1") ? "G1" : "mixed";
        }
    }

    public IReadOnlyDictionary<string, string> Names =>
        segments
            .Values.Select(s => s.Participant)
            .Concat(subjects)
            .Where(p => p != Nobody)
            .Distinct()
            .ToDictionary(p => p, NameOf);

    /// <summary>The same objects until a segment's state changes.</summary>
    public IReadOnlyList<Lane> Lanes
    {
        get
        {
            if (lanesAre == Changes && laneCache is not null)
                return laneCache;
            lanesAre = Changes;
            return laneCache = [
                .. segments
                    .Values.Where(s => s.Kind is 1 or 2 or 4 or 7)
                    .GroupBy(s => (s.Participant, s.Stream))
                    .OrderBy(g => subjects.Contains(g.Key.Participant) ? 0 : 1)
                    .ThenBy(g => NameOf(g.Key.Participant), StringComparer.Ordinal)
                    .ThenBy(g => g.Key.Stream)
                    .Select(g => new Lane(
                        g.Key.Participant,
                        g.Key.Stream,
                        $"{NameOf(g.Key.Participant)} · {TrackName(g)}",
                        [.. g.OrderBy(s => s.Start)]
                    )),
            ];
        }
    }

    /// <summary>Grows with each change of a segment.</summary>
    public int Changes { get; private set; }

    public void Start()
    {
        Changes++;
        Stage = OpeningStage.Opening;
        Badge = null;
        Note = null;
        Clock = 0;
        errors.Clear();
        spoken.Clear();
        foreach (var (index, s) in segments.ToList())
            segments[index] = s with
            {
                State = s.IsGap ? "sealed" : "pending",
                Code = null,
                Grade = null,
                AttestationFailed = false,
            };
    }

    public void Take(EvidenceEvent e)
    {
        if (e.Type is "manifest" or "plan" or "segment" or "unplayable")
            Changes++;
        switch (e.Type)
        {
            case "manifest":
                Manifest = e;
                reporter = e.Reporter;
                break;
            case "plan":
                TakePlan(e);
                break;
            case "table" when e.State == "failed":
            case "error":
                errors.Add(e);
                break;
            case "segment":
                if (e.Index is { } judged && segments.TryGetValue(judged, out var segment))
                    segments[judged] = Judged(segment, e);
                break;
            case "unplayable":
                if (e.Index is { } index && segments.TryGetValue(index, out var silent))
                    segments[index] = silent with { Code = e.Code };
                break;
            case "text":
                TakeText(e);
                break;
            case "badge":
                Badge = e.Badge;
                break;
            case "done":
                Stage = Verified > 0 ? OpeningStage.Ready : OpeningStage.Failed;
                break;
            case "time":
                Clock = e.Ms ?? Clock;
                break;
            case "playing":
                Playing = e.On ?? false;
                break;
            case "waiting":
                Waiting = e.On ?? false;
                break;
            case "muted":
                Muted = e.On ?? true;
                break;
            case "reveal":
                Revealed = e.On ?? false;
                break;
            case "ended":
                Playing = false;
                break;
            case "jump":
                Note = $"Nothing is held from {Stamp(e.From ?? 0)} to {Stamp(e.To ?? 0)}; jumped over.";
                break;
            case "dropped":
                Drop();
                break;
        }
    }

    /// <summary>Back to sealed: everything decrypted is gone, and nothing opens again by itself.</summary>
    public void Drop()
    {
        Changes++;
        Stage = OpeningStage.Sealed;
        Playing = Revealed = Waiting = false;
        Muted = true;
        Clock = 0;
        Badge = null;
        spoken.Clear();
        foreach (var (index, s) in segments.ToList())
            segments[index] = s with { State = "sealed", Code = null, Grade = null, AttestationFailed = false };
    }

    /// <summary>The media segment that covers a moment, the subject's picture first; for a citation.</summary>
    public SeenSegment? At(double ms) =>
        segments
            .Values.Where(s => s.IsMedia && s.Start <= ms && ms < s.Start + s.Duration)
            .OrderBy(s => subjects.Contains(s.Participant) ? 0 : 1)
            .ThenBy(s => s.IsAudio ? 1 : 0)
            .FirstOrDefault();

    public string NameOf(string participant)
    {
        if (participant == Nobody)
            return "Whole client";
        if (participant == reporter)
            return "Reporter";
        var subject = subjects.IndexOf(participant);
        if (subject >= 0)
            return subjects.Count == 1 ? "Subject" : $"Subject {subject + 1}";
        var at = segments
            .Values.Select(s => s.Participant)
            .Where(p => p != Nobody && p != reporter && !subjects.Contains(p))
            .Distinct()
            .ToList()
            .IndexOf(participant);
        return at is >= 0 and < 26 ? $"Participant {(char)('A' + at)}" : participant[..8];
    }

    /// <summary><c>0:12.4</c> from the window's start.</summary>
    public static string Stamp(double ms)
    {
        var tenths = (long)Math.Round(Math.Max(0, ms) / 100);
        return $"{tenths / 600}:{tenths / 10 % 60:00}.{tenths % 10}";
    }

    /// <summary><c>0:12</c>, for lengths.</summary>
    public static string Length(double ms)
    {
        var seconds = (long)Math.Round(ms / 1000);
        return $"{seconds / 60}:{seconds % 60:00}";
    }

    private static SeenSegment Judged(SeenSegment segment, EvidenceEvent e) =>
        segment with
        {
            State = e.State ?? "failed",
            Code = e.Code,
            Grade = e.Grade,
            PresentFrames = e.PresentFrames ?? 0,
            MissingFrames = e.MissingFrames ?? 0,
            HeaderBorrowed = e.HeaderMissing ?? false,
            // A segment that could not be fetched or decrypted says nothing of its receipt.
            AttestationFailed = segment.Kind == 1 && e is { State: "failed", Step: "W8" },
        };

    private void TakePlan(EvidenceEvent e)
    {
        Stage = OpeningStage.Verifying;
        foreach (var planned in e.Segments ?? [])
            if (planned.Kind != 0)
                segments[planned.Index] = new SeenSegment(
                    planned.Index,
                    planned.Kind,
                    planned.Participant ?? Nobody,
                    planned.Stream,
                    planned.T0 - report.WindowStartMs,
                    planned.Duration,
                    planned.Content,
                    planned.Asked && planned.Kind != 7 ? "pending" : "sealed"
                );
    }

    private void TakeText(EvidenceEvent e)
    {
        foreach (var line in e.Lines ?? [])
        {
            var ms = line.T is { } t ? t - report.WindowStartMs : e.T0 ?? 0;
            var who = line.From ?? line.Participant ?? e.Participant ?? Nobody;
            var name = who.Length == Nobody.Length ? NameOf(who) : who;
            var text = line.Event is { } happened ? $"{line.Name ?? name}: {happened}" : line.Text ?? "";
            spoken.Add(new Spoken(ms, name, e.TextKind ?? "chat", text));
        }
        spoken.Sort((a, b) => a.Ms.CompareTo(b.Ms));
    }

    private static string TrackName(IEnumerable<SeenSegment> lane) =>
        lane.FirstOrDefault(s => s.IsMedia) is not { } media ? "not held"
        : media.IsAudio ? "sound"
        : "picture";

    private static string HexOf(string? base64Url) =>
        base64Url is null || !Base64Url.IsValid(base64Url)
            ? Nobody
            : Convert.ToHexStringLower(Base64Url.DecodeFromChars(base64Url));
}
