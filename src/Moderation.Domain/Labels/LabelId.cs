// The id `lbl_…`: a remark with meaning and an end.
namespace Moderation.Domain.Labels;

public readonly record struct LabelId(Guid Value) : IId<LabelId>
{
    public static string Prefix => "lbl";

    public static LabelId From(Guid value) => new(value);

    public static LabelId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static bool TryParse(string? text, IFormatProvider? provider, out LabelId id)
    {
        var ok = IdText.TryRead(Prefix, text, out var value);
        id = new LabelId(value);
        return ok;
    }

    public override string ToString() => IdText.Write(Prefix, Value);
}
