// Writes times: relative first, absolute with its zone on demand, in the person's own zone or in UTC.
using System.Globalization;

namespace Moderation.Review.Shell;

public sealed class Zone(TimeProvider clock)
{
    private static readonly TimeSpan Barely = TimeSpan.FromSeconds(5);

    public event Action? Changed;

    public bool Utc { get; private set; }

    public DateTimeOffset Now => clock.GetUtcNow();

    public string Name =>
        Utc ? "UTC"
        : Local.Id == "UTC" ? "UTC"
        : Local.Id;

    public void Switch()
    {
        Utc = !Utc;
        Changed?.Invoke();
    }

    /// <summary><c>24 Nov 2026, 15:04:05 UTC+01:00 (Europe/Berlin)</c>; an absolute time always names its zone.</summary>
    public string Absolute(DateTimeOffset at)
    {
        var there = There(at);
        return there.ToString("d MMM yyyy, HH:mm:ss ", CultureInfo.InvariantCulture) + Suffix(there);
    }

    /// <summary><c>15:04</c> today, <c>24 Nov, 15:04</c> on other days, with the zone.</summary>
    public string Brief(DateTimeOffset at)
    {
        var there = There(at);
        var format = there.Date == There(Now).Date ? "HH:mm " : "d MMM, HH:mm ";
        return there.ToString(format, CultureInfo.InvariantCulture) + (Utc ? "UTC" : Suffix(there));
    }

    public string Ago(DateTimeOffset at)
    {
        var age = Now - at;
        return age < -Barely ? Texts.In(Span(-age))
            : age < Barely ? Texts.JustNow
            : Texts.Ago(Span(age));
    }

    /// <summary><c>47 s</c>, <c>12 min</c>, <c>3 h 05</c>, <c>2 d 4 h</c>.</summary>
    public static string Span(TimeSpan span)
    {
        var s = span.Duration();
        return s < TimeSpan.FromMinutes(1) ? $"{(int)s.TotalSeconds} s"
            : s < TimeSpan.FromHours(1) ? $"{(int)s.TotalMinutes} min"
            : s < TimeSpan.FromDays(1) ? $"{(int)s.TotalHours} h {s.Minutes:00}"
            : s < TimeSpan.FromDays(3) ? $"{(int)s.TotalDays} d {s.Hours} h"
            : $"{(int)s.TotalDays} d";
    }

    /// <summary><c>14:32</c> for a countdown.</summary>
    public static string Countdown(TimeSpan left)
    {
        var s = left < TimeSpan.Zero ? TimeSpan.Zero : left;
        return $"{(int)s.TotalMinutes}:{s.Seconds:00}";
    }

    private static TimeZoneInfo Local => TimeZoneInfo.Local;

    private DateTimeOffset There(DateTimeOffset at) => Utc ? at.ToUniversalTime() : TimeZoneInfo.ConvertTime(at, Local);

    private string Suffix(DateTimeOffset there)
    {
        if (Utc || Local.Id == "UTC")
            return "UTC";
        var sign = there.Offset < TimeSpan.Zero ? "−" : "+";
        return $"UTC{sign}{there.Offset.Duration():hh\\:mm} ({Local.Id})";
    }
}
