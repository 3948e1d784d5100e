// Turns each input line of `risk classify-email` and `risk classify-ip` into one line of JSON (risk.md 2.4).
using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Moderation.Domain.Risk;

public static class RiskLines
{
    static readonly JsonEncodedText Input = JsonEncodedText.Encode("input");
    static readonly JsonEncodedText Signals = JsonEncodedText.Encode("signals");
    static readonly JsonEncodedText Id = JsonEncodedText.Encode("id");
    static readonly JsonEncodedText Source = JsonEncodedText.Encode("source");
    static readonly JsonEncodedText Matched = JsonEncodedText.Encode("matched");
    static readonly JsonEncodedText Unknown = JsonEncodedText.Encode("unknown");
    static readonly JsonEncodedText Error = JsonEncodedText.Encode("error");

    static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    static readonly (AddressClasses Class, string Signal)[] AddressSignals =
    [
        (AddressClasses.Vpn, "ip.vpn"),
        (AddressClasses.Hosting, "ip.hosting"),
        (AddressClasses.TorExit, "ip.tor_exit"),
        (AddressClasses.AppleRelay, "ip.relay.apple"),
        (AddressClasses.Unroutable, "ip.unroutable"),
    ];

    // Only a vendor's data name these; without them nobody may say that an address is none.
    static readonly string[] VendorSignals = ["ip.residential_proxy", "ip.public_proxy"];

    /// <summary>Reads lines of UTF-8 until the end and writes one JSON object a line, in the same order. Returns how many.</summary>
    public static long ClassifyEmails(RiskSnapshot lists, Stream input, Stream output) =>
        Each(input, output, (line, json) => WriteEmail(lists, line, json));

    /// <summary>As <see cref="ClassifyEmails"/>, for addresses.</summary>
    public static long ClassifyAddresses(RiskSnapshot lists, Stream input, Stream output) =>
        Each(input, output, (line, json) => WriteAddress(lists, line, json));

    public static string ClassifyEmail(RiskSnapshot lists, string line) => One(json => WriteEmail(lists, line, json));

    public static string ClassifyAddress(RiskSnapshot lists, string line) =>
        One(json => WriteAddress(lists, line, json));

    static void WriteEmail(RiskSnapshot lists, ReadOnlySpan<char> line, Utf8JsonWriter json)
    {
        var mail = EmailClassification.Of(lists, line);
        json.WriteStartObject();
        json.WriteString(Input, line);
        json.WriteStartArray(Signals);
        foreach (var signal in EmailClassification.ListSignals)
            if (mail.Holds(signal, lists) == true)
                WriteSignal(json, signal, mail.SourceOf(signal, lists)!, mail.MatchedBy(signal)!);
        json.WriteEndArray();
        json.WriteStartArray(Unknown);
        if (mail.Error == MailError.None)
        {
            foreach (var signal in EmailClassification.ListSignals)
                if (mail.Holds(signal, lists) is null && (signal != EmailClassification.RoleSignal || !lists.HasRoles))
                    json.WriteStringValue(signal);
            json.WriteStringValue(EmailClassification.MailExchangeSignal);
        }
        json.WriteEndArray();
        if (mail.Error != MailError.None)
            json.WriteString(Error, mail.Error == MailError.Malformed ? "malformed" : "public_suffix");
        json.WriteEndObject();
    }

    static void WriteAddress(RiskSnapshot lists, ReadOnlySpan<char> line, Utf8JsonWriter json)
    {
        var found = AddressClassification.Of(lists, line);
        json.WriteStartObject();
        json.WriteString(Input, line);
        json.WriteStartArray(Signals);
        if (found.True != AddressClasses.None)
        {
            var address = found.Address.ToString();
            foreach (var (addressClass, signal) in AddressSignals)
                if (found.True.HasFlag(addressClass))
                    WriteSignal(
                        json,
                        signal,
                        AddressClassification.SourceOf(addressClass, found.Address, lists),
                        address
                    );
        }
        json.WriteEndArray();
        json.WriteStartArray(Unknown);
        if (!found.IsMalformed && found.True != AddressClasses.Unroutable)
        {
            foreach (var (addressClass, signal) in AddressSignals)
                if (found.Unknown.HasFlag(addressClass))
                    json.WriteStringValue(signal);
            foreach (var signal in VendorSignals)
                json.WriteStringValue(signal);
        }
        json.WriteEndArray();
        if (found.IsMalformed)
            json.WriteString(Error, "malformed");
        json.WriteEndObject();
    }

    static void WriteSignal(Utf8JsonWriter json, string id, string source, string matched)
    {
        json.WriteStartObject();
        json.WriteString(Id, id);
        json.WriteString(Source, source);
        json.WriteString(Matched, matched);
        json.WriteEndObject();
    }

    delegate void WriteLine(ReadOnlySpan<char> line, Utf8JsonWriter json);

    static long Each(Stream input, Stream output, WriteLine write)
    {
        using var lines = new StreamReader(input, new UTF8Encoding(false), false, 256 * 1024, leaveOpen: true);
        var buffer = new ArrayBufferWriter<byte>(256 * 1024);
        using var json = new Utf8JsonWriter(buffer, Options);
        var count = 0L;
        while (lines.ReadLine() is { } line)
        {
            write(line, json);
            json.Flush();
            json.Reset();
            buffer.Write("\n"u8);
            count++;
            if (buffer.WrittenCount > 192 * 1024)
            {
                output.Write(buffer.WrittenSpan);
                buffer.ResetWrittenCount();
            }
        }
        output.Write(buffer.WrittenSpan);
        output.Flush();
        return count;
    }

    static string One(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
            write(json);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
