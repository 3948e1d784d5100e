// The id `stk_…`: points of one released decision.
namespace Moderation.Domain.Enforcements;

public readonly record struct StrikeId(Guid Value) : IId<StrikeId>
{
    public static string Prefix => "stk";

    public static StrikeId From(Guid value) => new(value);

    public static StrikeId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static bool TryParse(string? text, IFormatProvider? provider, out StrikeId id)
    {
        var ok = IdText.TryRead(Prefix, text, out var value);
        id = new StrikeId(value);
        return ok;
    }

    public override string ToString() => IdText.Write(Prefix, Value);
}
