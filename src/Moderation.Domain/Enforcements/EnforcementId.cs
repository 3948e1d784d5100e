// The id `enf_…`: one measure in force against a subject.
namespace Moderation.Domain.Enforcements;

public readonly record struct EnforcementId(Guid Value) : IId<EnforcementId>
{
    public static string Prefix => "enf";

    public static EnforcementId From(Guid value) => new(value);

    public static EnforcementId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static bool TryParse(string? text, IFormatProvider? provider, out EnforcementId id)
    {
        var ok = IdText.TryRead(Prefix, text, out var value);
        id = new EnforcementId(value);
        return ok;
    }

    public override string ToString() => IdText.Write(Prefix, Value);
}
