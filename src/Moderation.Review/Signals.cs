// The risk signals (risk.md 2) and their bins in plain words; an id that is not known here is shown as it came.
using System.Text.RegularExpressions;

namespace Moderation.Review;

public static partial class Signals
{
    private static readonly Dictionary<string, string> Names = new()
    {
        ["email.disposable.curated"] = "Throwaway e-mail domain (curated list)",
        ["email.disposable.aggregate"] = "Throwaway e-mail domain (wide list)",
        ["email.relay"] = "E-mail through a privacy relay",
        ["email.free"] = "Free e-mail provider",
        ["email.role"] = "E-mail of a role, not a person",
        ["email.domain_new"] = "E-mail domain is new",
        ["email.mx_cluster"] = "Mail exchanger shared with bad domains",
        ["email.suspect_name"] = "E-mail name looks made up",
        ["email.verified"] = "E-mail verified",
        ["ip.vpn"] = "Sign-in through a VPN",
        ["ip.hosting"] = "Sign-in from a hosting network",
        ["ip.tor_exit"] = "Sign-in through Tor",
        ["ip.residential_proxy"] = "Sign-in through a residential proxy",
        ["ip.public_proxy"] = "Sign-in through a public proxy",
        ["ip.relay.apple"] = "Sign-in through Apple's relay",
        ["ip.shared"] = "Address shared by many",
        ["ip.unroutable"] = "Address that cannot exist",
        ["org.self_service"] = "Self-service organisation with few meetings",
        ["org.single_member"] = "Organisation of one",
        ["org.domain_mismatch"] = "Organisation and e-mail do not match",
        ["org.creations_by_identity"] = "Several organisations by one identity",
        ["org.partner_or_sales"] = "Organisation known to sales or a partner",
        ["account.age"] = "Account age",
        ["account.first_host_delay"] = "Hosted at once after registering",
        ["host.clean_meetings"] = "Meetings without a report",
        ["velocity.device"] = "Many accounts on one device",
        ["velocity.payment"] = "Many accounts on one payment",
        ["velocity.ip"] = "Many accounts from one address",
        ["velocity.email_pattern"] = "Many accounts with one e-mail pattern",
        ["velocity.meetings"] = "Many meetings in a short time",
        ["velocity.short_meetings"] = "Many very short meetings",
        ["velocity.removals"] = "Many participants removed",
        ["churn.new_identity"] = "New identity on a known device",
        ["churn.after_report"] = "New identity after a report",
        ["churn.short_lives_on_key"] = "Short-lived accounts on one key",
        ["link.suspended.likely"] = "Likely linked to a suspended account",
        ["link.suspended.possible"] = "Possibly linked to a suspended account",
        ["link.held.likely"] = "Likely linked to an account under hold",
        ["link.cluster_size"] = "Size of the linked group",
        ["report.credible_open"] = "Open report by a credible reporter",
        ["report.upheld"] = "Reports upheld before",
        ["report.rejected_share"] = "Own reports mostly rejected",
        ["report.brigade"] = "Reports come in a coordinated wave",
        ["verify.phone"] = "Phone verified",
        ["verify.payment"] = "Payment verified",
        ["verify.domain"] = "Domain verified",
        ["verify.sso"] = "Signs in through an organisation",
        ["verify.voucher"] = "Vouched for",
        ["verify.attested_device"] = "Device attested",
        ["strike.active_points"] = "Active strike points",
        ["enforcement.overturned"] = "Earlier measure overturned",
        ["challenge.failed_24h"] = "Challenge failed in the last day",
    };

    public static string Name(string id) => Names.GetValueOrDefault(id, id);

    /// <summary>
    /// What a reason rests on, as lines for a person. The first line of the wire is the model's column: the signal's id, and
    /// the bin where it has bins.
    /// </summary>
    public static IReadOnlyList<string> Lines(string id, IReadOnlyList<string> evidence) =>
        [
            .. evidence
                .Where(line => line != id)
                .Select(line =>
                    line.StartsWith(id + ".", StringComparison.Ordinal) ? Bin(line[(id.Length + 1)..]) : line
                ),
        ];

    /// <summary><c>lt24h</c> → <c>under 24 h</c>, <c>5to19</c> → <c>5 to 19</c>, <c>7d</c> → <c>within 7 d</c>.</summary>
    private static string Bin(string bin)
    {
        var match = BinShape().Match(bin);
        if (!match.Success)
            return bin;
        var (how, from, to, unit) = (
            match.Groups["how"].Value,
            match.Groups["from"].Value,
            match.Groups["to"].Value,
            match.Groups["unit"].Value
        );
        var amount =
            unit == "pct" ? $"{from} %"
            : unit.Length == 0 ? from
            : $"{from} {(unit == "m" ? "min" : unit)}";
        return how switch
        {
            "lt" => $"under {amount}",
            "ge" => $"{amount} or more",
            _ when to.Length > 0 => $"{from} to {to}",
            _ when unit.Length > 0 => $"within {amount}",
            _ => amount,
        };
    }

    [GeneratedRegex("^(?<how>lt|ge)?(?<from>[0-9]+)(to(?<to>[0-9]+))?(?<unit>h|d|m|pct)?$")]
    private static partial Regex BinShape();
}
