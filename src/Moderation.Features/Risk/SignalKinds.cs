// The kinds of activity that are taken in, and the members each may carry (risk.md 1.2).
using System.Collections.Frozen;
using System.Text.Json;

namespace Moderation.Features.Risk;

public static class SignalKinds
{
    // Members that name a person or a device are read where a signal needs them and never stored with the activity.
    private static readonly FrozenSet<string> Personal = new[]
    {
        "email",
        "phone",
        "phone_hmac",
        "fingerprint",
        "hmac",
        "old",
        "new",
        "voucher",
        "invited_by",
    }.ToFrozenSet();

    private static readonly FrozenDictionary<string, string[]> Members = new Dictionary<string, string[]>
    {
        ["account.registered"] = ["email", "email_verified", "method", "invited_by"],
        ["account.signed_in"] = ["outcome", "method"],
        ["account.closed"] = ["by"],
        ["account.standing"] = ["standing", "reason"],
        ["email.changed"] = ["email"],
        ["email.verified"] = ["email"],
        ["phone.verified"] = ["phone", "phone_hmac", "line_type"],
        ["phone.removed"] = ["phone", "phone_hmac"],
        ["payment.verified"] = ["fingerprint", "method", "amount_minor"],
        ["payment.failed"] = ["fingerprint", "method", "amount_minor"],
        ["payment.disputed"] = ["fingerprint", "method", "amount_minor"],
        ["org.created"] = ["origin", "domain", "domain_verified"],
        ["org.member_added"] = ["role"],
        ["org.member_removed"] = ["role"],
        ["org.vouched"] = ["voucher"],
        ["device.added"] = [],
        ["device.removed"] = [],
        ["meeting.created"] = ["scheduled_for", "public", "e2ee"],
        ["meeting.started"] = ["public", "e2ee", "join_policy"],
        ["meeting.ended"] = ["duration_seconds", "participants", "peak", "removed_by_host", "join_failures"],
        ["meeting.joined"] = ["participant_ms"],
        ["challenge.offered"] = ["challenge", "attempt"],
        ["challenge.passed"] = ["challenge", "attempt"],
        ["challenge.failed"] = ["challenge", "attempt"],
        ["challenge.abandoned"] = ["challenge", "attempt"],
        ["identifier.recycled"] = ["kind", "hmac"],
        ["identifier.changed"] = ["kind", "old", "new"],
    }.ToFrozenDictionary();

    public static bool IsKnown(string kind) => IsFreeForm(kind) || Members.ContainsKey(kind);

    /// <summary>The first member that does not belong to the kind; null when all do.</summary>
    public static string? Stranger(string kind, JsonElement? data)
    {
        if (data is not { ValueKind: JsonValueKind.Object } members || IsFreeForm(kind))
            return null;
        return members.EnumerateObject().Select(m => m.Name).FirstOrDefault(name => !Members[kind].Contains(name));
    }

    /// <summary>What may be kept with the activity: every member that names nobody.</summary>
    public static string Details(JsonElement? data)
    {
        if (data is not { ValueKind: JsonValueKind.Object } members)
            return "{}";
        return JsonSerializer.Serialize(
            members.EnumerateObject().Where(m => !Personal.Contains(m.Name)).ToDictionary(m => m.Name, m => m.Value)
        );
    }

    private static bool IsFreeForm(string kind) => kind.StartsWith("x-", StringComparison.Ordinal);
}
