// Classifies one mail address or mail host against the lists of a snapshot, exactly as risk.md 2.3 says.
namespace Moderation.Domain.Risk;

public enum MailError
{
    None,
    Malformed,
    PublicSuffix,
}

public enum MailClass
{
    None,
    Relay,
    Curated,
    Free,
    Aggregate,
}

/// <summary>What the lists say of one address: its class with the list row that hit, and the role name if it is one.</summary>
public readonly record struct EmailClassification(
    MailError Error,
    MailClass Class,
    string? Matched,
    string? Role,
    bool HasLocalPart
)
{
    public const string RoleSignal = "email.role";
    public const string MailExchangeSignal = "email.mx_cluster";

    /// <summary>The signals that the lists decide, in the order of the catalogue.</summary>
    public static IReadOnlyList<string> ListSignals { get; } =
    ["email.disposable.curated", "email.disposable.aggregate", "email.relay", "email.free", RoleSignal];

    /// <summary>Null where it cannot be said: the host was not read, or the list (or the suffix list, to walk up) is not loaded.</summary>
    public bool? Holds(string signal, RiskSnapshot lists)
    {
        if (Error != MailError.None)
            return null;
        if (signal == RoleSignal)
            return !lists.HasRoles || !HasLocalPart ? null : Role is not null;
        var asked = ClassOf(signal);
        if (Class == asked)
            return true;
        // The list of a class that comes later decided nothing about one that comes earlier, if that one is missing.
        if (Class != MailClass.None && Class < asked)
            return false;
        return lists.Suffixes is null || ListOf(asked, lists) is null ? null : false;
    }

    public string? MatchedBy(string signal) => signal == RoleSignal ? Role : Matched;

    public string? SourceOf(string signal, RiskSnapshot lists) =>
        Holds(signal, lists) == true ? lists.SourceOf(SourceName(signal)) : null;

    static string SourceName(string signal) =>
        signal switch
        {
            RoleSignal => RiskFiles.RoleAccounts,
            "email.relay" => RiskFiles.PrivacyRelay,
            "email.free" => RiskFiles.FreeMail,
            "email.disposable.curated" => RiskFiles.Curated,
            _ => RiskFiles.Aggregate,
        };

    static MailClass ClassOf(string signal) =>
        signal switch
        {
            "email.relay" => MailClass.Relay,
            "email.disposable.curated" => MailClass.Curated,
            "email.free" => MailClass.Free,
            _ => MailClass.Aggregate,
        };

    static DomainSet? ListOf(MailClass mailClass, RiskSnapshot lists) =>
        mailClass switch
        {
            MailClass.Relay => lists.Relays,
            MailClass.Curated => lists.Curated,
            MailClass.Free => lists.FreeMail,
            _ => lists.Aggregate,
        };

    public static EmailClassification Of(RiskSnapshot snapshot, ReadOnlySpan<char> text)
    {
        text = text.Trim();
        var at = text.LastIndexOf('@');
        var local = at < 0 ? default : text[..at];
        var written = text[(at + 1)..];
        if (!written.IsEmpty && IsDot(written[^1]))
            written = written[..^1];
        Span<char> buffer = stackalloc char[HostName.MaxLength];
        if (!HostName.TryToAscii(written, buffer, out var length))
            return new EmailClassification(MailError.Malformed, MailClass.None, null, null, false);
        ReadOnlySpan<char> host = buffer[..length];
        // Without the suffix list the registrable domain is unknown; only whole hosts are compared then.
        var suffix = snapshot.Suffixes?.Find(host) ?? default;
        if (snapshot.Suffixes is not null && suffix is { IsSuffixItself: true, IsPrivate: false })
            return new EmailClassification(MailError.PublicSuffix, MailClass.None, null, null, false);
        var (mailClass, matched) = ClassOf(snapshot, host, suffix.RegistrableStart);
        return new EmailClassification(MailError.None, mailClass, matched, snapshot.RoleOf(local), at > 0);
    }

    // The relay class must win: three relays stand in the public throwaway lists.
    static (MailClass, string?) ClassOf(RiskSnapshot snapshot, ReadOnlySpan<char> host, int lastStart)
    {
        if (snapshot.Relays?.Match(host, lastStart) is { } relay)
            return (MailClass.Relay, relay);
        if (snapshot.Curated?.Match(host, lastStart) is { } curated)
            return (MailClass.Curated, curated);
        if (snapshot.FreeMail?.Match(host, lastStart) is { } free)
            return (MailClass.Free, free);
        if (snapshot.Aggregate?.Match(host, lastStart) is { } aggregate)
            return (MailClass.Aggregate, aggregate);
        return (MailClass.None, null);
    }

    // The dots of UTS 46: full stop, ideographic, full-width and half-width ideographic.
    static bool IsDot(char c) => c is '.' or '\u3002' or '\uFF0E' or '\uFF61';
}
