// One line a request on standard output: codes, hashes and random identifiers, never a key, a share or content.
using System.Globalization;
using System.Text;

namespace Moderation.Vault.Sockets;

internal sealed class RequestLog(TextWriter output, TimeProvider clock)
{
    private readonly Lock gate = new();

    internal void Line(string what, params ReadOnlySpan<(string Name, object Value)> facts)
    {
        var line = new StringBuilder();
        line.Append(clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        line.Append(' ').Append(what);
        foreach (var (name, value) in facts)
        {
            var text = value is byte[] bytes
                ? Convert.ToHexStringLower(bytes)
                : Convert.ToString(value, CultureInfo.InvariantCulture);
            line.Append(' ').Append(name).Append('=').Append(text);
        }
        lock (gate)
        {
            output.WriteLine(line.ToString());
            output.Flush();
        }
    }
}
