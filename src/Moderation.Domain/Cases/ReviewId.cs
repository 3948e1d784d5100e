// The id `rev_…`: a second look at a decision.
namespace Moderation.Domain.Cases;

public readonly record struct ReviewId(Guid Value) : IId<ReviewId>
{
    public static string Prefix => "rev";

    public static ReviewId From(Guid value) => new(value);

    public static ReviewId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static bool TryParse(string? text, IFormatProvider? provider, out ReviewId id)
    {
        var ok = IdText.TryRead(Prefix, text, out var value);
        id = new ReviewId(value);
        return ok;
    }

    public override string ToString() => IdText.Write(Prefix, Value);
}
