// The id `dec_…`: one decision on a case.
namespace Moderation.Domain.Cases;

public readonly record struct DecisionId(Guid Value) : IId<DecisionId>
{
    public static string Prefix => "dec";

    public static DecisionId From(Guid value) => new(value);

    public static DecisionId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static bool TryParse(string? text, IFormatProvider? provider, out DecisionId id)
    {
        var ok = IdText.TryRead(Prefix, text, out var value);
        id = new DecisionId(value);
        return ok;
    }

    public override string ToString() => IdText.Write(Prefix, Value);
}
