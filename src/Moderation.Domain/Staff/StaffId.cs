// The id `stf_…`: a member of staff.
namespace Moderation.Domain.Staff;

public readonly record struct StaffId(Guid Value) : IId<StaffId>
{
    public static string Prefix => "stf";

    public static StaffId From(Guid value) => new(value);

    public static StaffId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static bool TryParse(string? text, IFormatProvider? provider, out StaffId id)
    {
        var ok = IdText.TryRead(Prefix, text, out var value);
        id = new StaffId(value);
        return ok;
    }

    public override string ToString() => IdText.Write(Prefix, Value);
}
