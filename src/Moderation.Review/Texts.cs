// Every sentence the interface says, in one place, so that a second language is a second file.
using Moderation.Review.Wire;

namespace Moderation.Review;

public static class Texts
{
    public const string Product = "Moderation";
    public const string Console = "Review console";
    public const string Queue = "Queue";
    public const string Exports = "Exports";
    public const string Audit = "Audit";
    public const string Settings = "Settings";
    public const string GoTo = "Go to";
    public const string PaletteHint = "A page, a command, or the id of a case";
    public const string PaletteNothing = "Nothing by that name.";

    public const string ExportsLead =
        "Releases of evidence to authorities. Each needs two people besides the one who asked.";
    public const string ExportsEmptyTitle = "No releases yet";
    public const string ExportsEmptyDetail =
        "A liaison asks for one from the case, with the authority's request and key:";
    public const string ExportsEmptyCommand = "./moderation export create --help";
    public const string ExportsNoPermission = "Releases are seen by liaisons, seniors and custodians.";
    public const string ExportNotSigned = "Your key did not sign";
    public const string ExportApprove = "Approve this release";
    public const string ExportApproveLead =
        "Your key signs these terms, for this report and these segments, for a disclosure and for nothing else.";
    public const string ExportApproved = "Your approval is in";
    public const string ExportNeedsKey = "This browser's approval key must be enrolled before you can approve.";
    public const string ExportCheck = "Anybody can check the package without us:";
    public const string ExportPlan = "The plan, as it was approved";

    public const string AuditLead = "Acts, views and openings, refusals included. Reading this page is an entry too.";
    public const string AuditVerify = "Check the whole log";
    public const string AuditHolds = "The log holds";
    public const string AuditBroken = "The log does not hold";
    public const string AuditEmpty = "No entry fits.";
    public const string AuditAll = "Everything I may see";
    public const string AuditOpenings = "Who opened evidence";
    public const string AuditRefused = "Refused openings";
    public const string AuditDecisions = "Decisions";
    public const string AuditReads = "Who read this log";
    public const string AuditExport = "Download as NDJSON";

    public const string KeysLead = "Every key of the console. What you change stays in this browser.";
    public const string LettersOn = "Single letters act";
    public const string LettersOnDetail = "Switched off, keys that type a character act only inside the player.";
    public const string KeyChange = "Change";
    public const string KeyReset = "Reset";
    public const string KeyPress = "Press a key, Esc to keep";
    public const string WaitingKeys = "Approval keys that wait";
    public const string WaitingKeysLead =
        "Compare the fingerprint with the person, enrol the key with vault and custodian on their machine, then mark it.";
    public const string KeyMark = "Mark as enrolled";
    public const string WaitingKeysNone = "No key waits.";

    public const string SkipToContent = "Skip to content";
    public const string SignIn = "Sign in";
    public const string SignOut = "Sign out";
    public const string Login = "Login";
    public const string Password = "Password";
    public const string SignInRefused = "Sign-in did not work";
    public const string SigningIn = "Signing in…";
    public const string SignInLead =
        "Evidence is sealed for the people on this desk. It opens in this browser and nowhere else.";
    public const string NeedsHttps = "Needs HTTPS or localhost";
    public const string NeedsHttpsDetail =
        "This browser offers no WebCrypto at this address, so evidence could not be decrypted here. Open the console over HTTPS, or at localhost on the same machine.";
    public const string SessionEnded = "Your session has ended. Sign in to go on where you were.";

    public const string Unreachable = "The server cannot be reached";
    public const string UnreachableDetail = "Nothing was changed. The page tries again by itself.";
    public const string OfflineBanner =
        "The server cannot be reached. What you see may be old; submitting is switched off until it answers.";
    public const string DemoBar = "DEMO";
    public const string DemoBarDetail =
        "Synthetic people and media. Approvals are given by a stand-in. Not for real reports.";

    public const string JustNow = "just now";

    public const string Curtain = "Curtain";
    public const string CurtainLifted = "Curtain lifted. Evidence stays closed until you open it again.";
    public const string KeysTitle = "Keys";
    public const string Close = "Close";
    public const string Dismiss = "Dismiss";
    public const string Retry = "Try again";
    public const string Copy = "Copy";
    public const string Copied = "Copied";

    public const string NotFoundTitle = "There is no such page";
    public const string NoPermissionTitle = "Your role does not include this";
    public const string NoPermissionDetail =
        "Seeing cases needs the role analyst, senior, liaison or auditor. An administrator can grant it.";

    public const string QueueEmptyTitle = "No open cases";
    public const string QueueEmptyDetail =
        "Reports appear here within a second of being filed. To see one, file a test report:";
    public const string QueueEmptyCommand = "./moderation fake-meeting --report harassment";
    public const string QueueEmptyNext = "No open case is free to claim.";
    public const string NextCase = "Next case";
    public const string Claim = "Claim";
    public const string Release = "Release";
    public const string Decide = "Decide";
    public const string OpenCase = "Open case";
    public const string NextPage = "Next page";
    public const string FirstPage = "First page";
    public const string TakeIn = "Show";
    public const string NoCaseSelected = "No case selected";
    public const string WhyHere = "Why it ranks here";
    public const string RankByDue = "By its due time alone; nothing moves it up or down.";
    public const string Closed = "Closed";
    public const string NoEvidence = "No evidence";
    public const string BareReport = "This report came without a recording. There is nothing to play or to open.";
    public const string BareNote = "What the reporter wrote";
    public const string BareNoteGiven =
        "As given by the reporter. It was not sealed, and nothing in it has been verified.";
    public const string NoAccount = "The subject is a meeting; there is no account.";
    public const string NoRisk = "Not scored yet. The score appears when the account's first activity has been read.";
    public const string NothingDecided = "Nothing decided yet.";

    public const string ClaimReleased = "Claim released";
    public const string ClaimNeeded = "Claim the case to decide it.";
    public const string ClaimNeededToOpen = "Claim the case to open its evidence.";
    public const string ClaimLostTitle = "Your claim has ended";
    public const string ClaimLostDetail = "Your draft is kept. Claim the case again to go on.";
    public const string ClaimEnds = "Your claim ends in two minutes";
    public const string ClaimEndsDetail =
        "Nobody has typed or pointed here for a while. Any input extends it; your draft is kept.";
    public const string ChangedTitle = "The case changed while you were deciding";
    public const string ChangedDetail =
        "It has been read again. Look at what is new, then submit once more; your draft is kept.";
    public const string ReadOnlyRole = "Your role reads cases; it does not claim or decide them.";

    public const string KeyPendingTitle = "Waiting for an administrator to enrol this browser's approval key";
    public const string KeyPendingDemo = "In the demo a stand-in enrols it within seconds.";
    public const string KeyPendingDetail =
        "Until then you can read and decide, but evidence stays sealed. Give them this fingerprint:";

    public const string MediaNeverHere = "Text only. Media open in the case, after a claim.";

    public static string KeyTaken(string label) => $"That key already means: {label}";

    public static string Entries(long size) => size == 1 ? "1 entry" : $"{size} entries";

    public static string QueueTitle(string name) => $"{name} queue";

    public static string Ago(string span) => $"{span} ago";

    public static string In(string span) => $"in {span}";

    public static string ServerAnswered(int status) => $"The server answered {status}";

    public static string KeyNotMade(string why) => $"This browser could not make an approval key: {why}";

    public static string ProblemLine(Problem problem) =>
        problem.Detail is { Length: > 0 } detail
            ? $"{problem.Title}: {detail} ({problem.Code})"
            : $"{problem.Title} ({problem.Code})";

    public static string NewArrivals(int count) => count == 1 ? "1 new case" : $"{count} new cases";

    public static string Claimed(string reference) => $"You hold {reference}";

    public static string Cases(int count) => count == 1 ? "1 open case" : $"{count} open cases";

    public static string Reports(int count) => count == 1 ? "1 report" : $"{count} reports";

    public static string HeldBy(string holder) => $"Held by {holder}";

    public static string Arriving(int stored, int declared) => $"{stored} of {declared} arriving";

    public static string Sealed(int declared) => declared == 1 ? "1 segment sealed" : $"{declared} segments sealed";

    public static string PlacedEarlier(TimeSpan span) =>
        span >= TimeSpan.Zero
            ? $"Placed {Shell.Zone.Span(span)} earlier than its due time alone"
            : $"Placed {Shell.Zone.Span(span)} later than its due time alone";

    /// <summary>What a person who cannot see the columns hears of a row.</summary>
    public static string RowSentence(Contracts.Triage.CaseRow row, string due) =>
        $"{Words.Severity(row.Severity)}{(row.SeverityIsEstimate ? ", estimated" : "")}: {row.ReasonText}, {row.Subject}, {Reports(row.Reports)}, {due}, {Words.Evidence(row)}"
        + (row.Claim is { } claim ? $", {(claim.Mine ? "held by you" : HeldBy(claim.Holder))}" : "");
}
