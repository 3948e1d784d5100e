// The id `hold_…`: one legal hold.
namespace Moderation.Domain.Legal;

public readonly record struct HoldId(Guid Value) : IId<HoldId>
{
    public static string Prefix => "hold";

    public static HoldId From(Guid value) => new(value);

    public static HoldId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static bool TryParse(string? text, IFormatProvider? provider, out HoldId id)
    {
        var ok = IdText.TryRead(Prefix, text, out var value);
        id = new HoldId(value);
        return ok;
    }

    public override string ToString() => IdText.Write(Prefix, Value);
}
