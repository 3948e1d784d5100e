// The id `clm_…`: a lease on one case.
namespace Moderation.Domain.Cases;

public readonly record struct ClaimId(Guid Value) : IId<ClaimId>
{
    public static string Prefix => "clm";

    public static ClaimId From(Guid value) => new(value);

    public static ClaimId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static bool TryParse(string? text, IFormatProvider? provider, out ClaimId id)
    {
        var ok = IdText.TryRead(Prefix, text, out var value);
        id = new ClaimId(value);
        return ok;
    }

    public override string ToString() => IdText.Write(Prefix, Value);
}
