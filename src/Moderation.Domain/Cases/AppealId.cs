// The id `apl_…`: a challenge to a decision.
namespace Moderation.Domain.Cases;

public readonly record struct AppealId(Guid Value) : IId<AppealId>
{
    public static string Prefix => "apl";

    public static AppealId From(Guid value) => new(value);

    public static AppealId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static bool TryParse(string? text, IFormatProvider? provider, out AppealId id)
    {
        var ok = IdText.TryRead(Prefix, text, out var value);
        id = new AppealId(value);
        return ok;
    }

    public override string ToString() => IdText.Write(Prefix, Value);
}
