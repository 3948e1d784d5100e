// What the evidence player says: stages, grades and what they prove, every failure with what to do about it.
namespace Moderation.Review.Player;

public static class PlayerTexts
{
    public const string Open = "Open evidence";
    public const string OpenIsLogged =
        "Your key signs the opening, and it is logged before any segment key leaves the vault.";
    public const string Opening = "Asking the vault for the segment keys…";
    public const string Verifying = "Segments verified";
    public const string Destroyed = "The evidence was destroyed";
    public const string DestroyedMeans =
        "It cannot be opened by anybody any more. Its digests remain, and a certificate says when and why; the history has the line.";
    public const string NotOpened = "The evidence could not be opened";
    public const string KeyNotEnrolled = "This browser's approval key is not enrolled yet.";
    public const string StartsCovered =
        "Blurred, grey and silent until you choose otherwise. Hold v, or press and hold a tile.";
    public const string RevealedNow = "Revealed. It is covered again when you let go.";
    public const string RevealedBySwitch = "Revealed. It is covered again after 10 s without input.";
    public const string CaseDecided = "The case is decided; its evidence is closed again.";
    public const string HowToReveal = "Covers again after 10 s without input. Or hold v, or press and hold a tile.";
    public const string Waiting = "Waiting for a segment that is still being verified.";
    public const string Cited = "Cited";

    public static string CitedWhere(int segment, string stamp) =>
        $"Segment {segment} at {stamp} goes into your decision.";

    public static string Extent(int tracks, string length) =>
        $"{tracks} {(tracks == 1 ? "track" : "tracks")}, the last {length} before the report";

    public static string Grade(OpenedEvidence evidence)
    {
        if (evidence.Stage is OpeningStage.Sealed or OpeningStage.Opening or OpeningStage.Failed)
            return evidence.Segments.Any(s => s.Kind == 1)
                ? "Relay receipts attached; G1 not checked yet, only opening checks it"
                : "Asserted by the reporting host";
        return evidence.Grade switch
        {
            "G1" => "Relay-attested: this participant's authenticated connection sent exactly these bytes",
            "mixed" => "Partly relay-attested; the list of segments says which",
            "attestation-failed" => "Attestation failed",
            _ => "Asserted by the reporting host",
        };
    }

    public static string WhatGradeProves(string grade) =>
        grade switch
        {
            "G1" =>
                "Proves which connection sent these bytes, by the relay's receipt. Does not prove who sat in front of the camera, nor what was left out of the report. A relay together with a member of the meeting could frame somebody.",
            "mixed" =>
                "Segments marked G1 prove which connection sent them, as far as the relay is to be trusted: together with a member of the meeting it could frame somebody. Segments marked G0 prove only that the reporting host's device sealed them; the host could have made them.",
            "attestation-failed" =>
                "A relay receipt was claimed and does not hold. Treat these media as unproven, not as merely asserted.",
            _ =>
                "Proves that the reporting host's device sealed these bytes and that nothing changed since. Does not prove who sent them: the host could have made them.",
        };

    /// <summary>The grade of one segment, in the words of evidence-bundle.md 13; null while it is not known.</summary>
    public static (string Mark, string Tone, string Words)? GradeOf(SeenSegment segment)
    {
        if (segment.AttestationFailed)
            return ("Attestation failed", "attestation-failed", $"Attestation failed: {segment.Code}");
        if (segment.Grade == "G1")
            return (
                "G1 relay-attested",
                "G1",
                "Relay-attested: this participant's authenticated connection sent exactly these bytes"
            );
        return segment.Grade == "G0" || segment.IsGap
            ? ("G0 asserted by host", "G0", "Asserted by the reporting host")
            : null;
    }

    /// <summary>What is known of the frames of attested media; null for everything else.</summary>
    public static string? Frames(SeenSegment segment)
    {
        if (segment.Grade != "G1")
            return null;
        var all = segment.PresentFrames + segment.MissingFrames;
        var frames =
            segment.MissingFrames == 0
                ? $"{all} of {all} frames"
                : $"{segment.PresentFrames} of {all} frames, {segment.MissingFrames} never reached the host";
        return segment.HeaderBorrowed ? frames + "; header taken from the nearest segment" : frames;
    }

    public static string SegmentState(SeenSegment segment) =>
        segment.State switch
        {
            "verified" => segment.Code is { } code ? $"verified, not playable ({code})" : "verified",
            "failed" => segment.Code ?? "failed",
            "pending" => "being verified",
            "arriving" => "not arrived yet",
            "destroyed" => "destroyed",
            _ when segment.IsGap => "signed statement",
            _ => "sealed",
        };

    public static string Failure(string? code) =>
        code switch
        {
            "client.insecure-context" => Texts.NeedsHttps,
            "client.vault-key-missing" or "client.approval-key-missing" =>
                "This browser is not enrolled to open evidence",
            "client.vault-key-changed" => "The vault shows another key than the one pinned at enrolment",
            "client.network" => "The server could not be reached",
            "report.evidence-destroyed" or "client.http-410" => Destroyed,
            "client.http-404" => "A part of the evidence is missing",
            "evb1.manifest-signature" or "evb1.release-mismatch" => "The signature does not fit this evidence",
            "evb1.merkle-root" or "evb1.table-malformed" or "evb1.descriptor-invalid" =>
                "The table of segments was altered",
            "evb1.segment-hash" or "evb1.chunk-auth" or "evb1.key-commitment" or "evb1.plaintext-length" =>
                "A segment was altered",
            "evb1.release-signature" => "The key release was not signed by our vault",
            _ when Starts(code, "claim.") => "Your claim does not cover this",
            _ when Starts(code, "opening.") || Starts(code, "evb1.grant") || Starts(code, "vault.") =>
                "The opening was refused",
            _ => "The opening did not go through",
        };

    public static string WhatToDo(string? code) =>
        code switch
        {
            "client.insecure-context" => Texts.NeedsHttpsDetail,
            "client.vault-key-missing" or "client.approval-key-missing" =>
                "Ask an administrator to enrol this browser's key; the fingerprint is in the banner.",
            "client.vault-key-changed" =>
                "Do not open anything. Tell an administrator: either the vault's key was renewed, or somebody stands between you and it.",
            "client.network" => "Nothing was changed. Open the evidence again when the connection is back.",
            "report.evidence-destroyed" or "client.http-410" => DestroyedMeans,
            "client.http-404" => "The upload may still be under way; the history says.",
            "evb1.manifest-signature" or "evb1.release-mismatch" or "evb1.release-signature" =>
                "Treat it as unverifiable and decide on what else there is.",
            "evb1.merkle-root" or "evb1.table-malformed" or "evb1.descriptor-invalid" =>
                "What is missing or added cannot be told any more. Treat it as unverifiable.",
            "evb1.segment-hash" or "evb1.chunk-auth" or "evb1.key-commitment" or "evb1.plaintext-length" =>
                "The other segments stand by themselves; the list below says which one failed.",
            _ when Starts(code, "claim.") => "Claim the case again, then open the evidence.",
            _ => "Try again; if it stays, give the code to an administrator.",
        };

    private static bool Starts(string? code, string prefix) =>
        code is not null && code.StartsWith(prefix, StringComparison.Ordinal);
}
