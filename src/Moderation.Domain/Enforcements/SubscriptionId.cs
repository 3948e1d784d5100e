// The id `whs_…`: one webhook subscription of the platform.
namespace Moderation.Domain.Enforcements;

public readonly record struct SubscriptionId(Guid Value) : IId<SubscriptionId>
{
    public static string Prefix => "whs";

    public static SubscriptionId From(Guid value) => new(value);

    public static SubscriptionId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static bool TryParse(string? text, IFormatProvider? provider, out SubscriptionId id)
    {
        var ok = IdText.TryRead(Prefix, text, out var value);
        id = new SubscriptionId(value);
        return ok;
    }

    public override string ToString() => IdText.Write(Prefix, Value);
}
