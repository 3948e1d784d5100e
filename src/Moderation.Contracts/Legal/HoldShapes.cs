// Holds and the preview of what will be destroyed, as they cross the wire; and what the event log says of holds.
namespace Moderation.Contracts.Legal;

/// <param name="Basis">Rule id of the table, such as `us.2703f`; it says how long the hold lasts.</param>
/// <param name="Reference">The authority's reference or an own file number, 1 .. 120 characters; no names.</param>
/// <param name="Reason">1 .. 512 characters.</param>
/// <param name="Accounts">`acct_…` ids; at least one of the three lists names something.</param>
/// <param name="Meetings">`mtg_…` ids.</param>
/// <param name="Cases">`case_…` ids.</param>
/// <param name="From">Only reports filed from then on; null for all.</param>
/// <param name="To">Only reports filed until then; null for all.</param>
public sealed record HoldRequest(
    string Basis,
    string Reference,
    string Reason,
    IReadOnlyList<string>? Accounts = null,
    IReadOnlyList<string>? Meetings = null,
    IReadOnlyList<string>? Cases = null,
    DateTimeOffset? From = null,
    DateTimeOffset? To = null
);

/// <param name="Reason">1 .. 512 characters.</param>
public sealed record HoldReleaseRequest(string Reason);

/// <param name="State">`active`, `release_asked` after the first custodian, `released`, `ended`.</param>
/// <param name="EndsAt">Null for a hold that only a release ends.</param>
public sealed record HoldShape(
    string Id,
    string State,
    string Basis,
    string Citation,
    string Reference,
    string Reason,
    IReadOnlyList<string> Accounts,
    IReadOnlyList<string> Meetings,
    IReadOnlyList<string> Cases,
    DateTimeOffset? From,
    DateTimeOffset? To,
    DateTimeOffset StartsAt,
    DateTimeOffset? EndsAt,
    DateTimeOffset? ReleasedAt
);

public sealed record HoldPage(IReadOnlyList<HoldShape> Items);

/// <param name="ContentId">base64url of 32 bytes.</param>
/// <param name="Rule">The rule that keeps it longest; null while its case is open.</param>
/// <param name="Blockers">`hold:…`, `export:…`, `case:…`; empty when it goes tonight.</param>
public sealed record RetentionRow(
    string ReportId,
    string ContentId,
    string? Rule,
    DateTimeOffset? DueAt,
    IReadOnlyList<string> Blockers
);

/// <param name="Due">What the next run destroys.</param>
/// <param name="Held">What would be due and is kept by something else.</param>
/// <param name="TableVersion">Version of the table of rules.</param>
public sealed record RetentionPreview(
    DateTimeOffset At,
    string TableVersion,
    IReadOnlyList<RetentionRow> Due,
    IReadOnlyList<RetentionRow> Held
);

public sealed record HoldPlaced(string HoldId, string Basis)
{
    public const string Kind = "hold.placed";
}

/// <param name="Approvals">1 when it was asked for, 2 when it is released.</param>
public sealed record HoldReleased(string HoldId, int Approvals)
{
    public const string Kind = "hold.released";
}
