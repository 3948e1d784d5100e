// The id `acct_…`: a person's account as the platform knows it.
namespace Moderation.Domain.Accounts;

public readonly record struct AccountId(Guid Value) : IId<AccountId>
{
    public static string Prefix => "acct";

    public static AccountId From(Guid value) => new(value);

    public static AccountId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static bool TryParse(string? text, IFormatProvider? provider, out AccountId id)
    {
        var ok = IdText.TryRead(Prefix, text, out var value);
        id = new AccountId(value);
        return ok;
    }

    public override string ToString() => IdText.Write(Prefix, Value);
}
