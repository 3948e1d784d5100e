// Account activity as the platform tells it (risk.md 1).
using System.Text.Json;

namespace Moderation.Contracts.Risk;

/// <summary>1 to 500 signals.</summary>
public sealed record SignalBatch(IReadOnlyList<SignalItem> Signals);

/// <param name="Id">Unique per platform, at most 64 characters: the same id again is a duplicate.</param>
/// <param name="Kind">A kind of risk.md 1.2, or one that begins with `x-`.</param>
/// <param name="Account">The platform's own account id; created on first sight.</param>
/// <param name="Ip">Raw address; kept for 30 days in the identity store and nowhere else.</param>
/// <param name="Data">Members as the kind says; others are refused.</param>
public sealed record SignalItem(
    string Id,
    string Kind,
    DateTimeOffset At,
    string Account,
    string? Org = null,
    string? Meeting = null,
    string? Ip = null,
    SignalDevice? Device = null,
    JsonElement? Data = null
);

/// <param name="Tier"><c>attested</c>, <c>install</c>, <c>fuzzy</c>.</param>
public sealed record SignalDevice(string Id, string Tier);

/// <summary>One answer for each signal, in order: <c>accepted</c>, <c>duplicate</c> or <c>refused</c> with a code.</summary>
public sealed record SignalResults(IReadOnlyList<SignalResult> Results);

public sealed record SignalResult(string Id, string Status, string? Code = null);

/// <summary>The band of an account changed; its open cases take their new place in the queue.</summary>
public sealed record AccountRiskChanged(string AccountId, string? From, string To)
{
    public const string Kind = "account.risk-changed";
}
