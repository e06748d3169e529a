using Pyro.Api.Push;

namespace Pyro.Tests.Web;

/// <summary>CPU profiles of a made-up shop, steady enough to look at and the same in every run.</summary>
internal static class ShopProfiles
{
    private static readonly string[] Checkout =
    [
        "Shop.Checkout.CartHandler.Get;Shop.Checkout.Prices.Total;System.Linq.Enumerable.Sum",
        "Shop.Checkout.CartHandler.Get;System.Text.Json.JsonSerializer.SerializeAsync;System.Text.Json.Utf8JsonWriter.WriteString",
        "Shop.Checkout.CartHandler.Get;System.Text.Json.JsonSerializer.SerializeAsync;System.Text.Json.Utf8JsonWriter.WriteNumber",
        "Shop.Checkout.OrderHandler.Post;System.Text.Json.JsonSerializer.DeserializeAsync;System.Text.Json.Utf8JsonReader.Read",
        "Shop.Checkout.OrderHandler.Post;Shop.Checkout.Stock.Reserve;Npgsql.NpgsqlCommand.ExecuteReaderAsync;Npgsql.NpgsqlReadBuffer.Ensure",
        "Shop.Checkout.OrderHandler.Post;Shop.Checkout.Stock.Reserve;Npgsql.NpgsqlCommand.ExecuteReaderAsync;Npgsql.NpgsqlDataReader.GetFieldValue",
        "Shop.Checkout.OrderHandler.Post;Shop.Checkout.Payments.Charge;System.Net.Http.HttpClient.SendAsync;System.Net.Security.SslStream.Write",
        "Shop.Checkout.OrderHandler.Post;Shop.Checkout.Payments.Charge;System.Security.Cryptography.HMACSHA256.HashData",
    ];

    private static readonly string[] Catalog =
    [
        "Shop.Catalog.Search.Find;Shop.Catalog.Index.Score;System.Collections.Generic.Dictionary.FindValue",
        "Shop.Catalog.Search.Find;Shop.Catalog.Index.Score;System.Numerics.Tensors.TensorPrimitives.Dot",
        "Shop.Catalog.Search.Find;Shop.Catalog.Index.Tokenize;System.String.Split",
        "Shop.Catalog.Search.Find;System.Text.Json.JsonSerializer.SerializeAsync;System.Text.Json.Utf8JsonWriter.WriteString",
        "Shop.Catalog.Images.Resize;System.IO.Compression.BrotliStream.Write",
    ];

    private const string Host = "System.Threading.ThreadPoolWorkQueue.Dispatch;Microsoft.AspNetCore.Server.Kestrel.HttpConnection.ProcessRequestsAsync;";
    private const string Collector = "System.GC.Collector.Run;System.GC.Collector.Mark";

    /// <summary>One profile of each service every 30 s of the last 40 minutes.</summary>
    public static IEnumerable<PushRequest> All(DateTimeOffset now)
    {
        for (var age = 80; age > 0; age--)
        {
            var time = now.AddSeconds(-30 * age + 1);
            var load = 1 + 0.6 * Math.Sin(age / 9.0) + (age is > 20 and < 26 ? 1.5 : 0);
            yield return SmallProfile.Push("catalog", Profile(time, Catalog, load));
            yield return SmallProfile.Push("checkout", Profile(time, Checkout, load));
        }
    }

    private static Api.Pprof.Profile Profile(DateTimeOffset time, string[] stacks, double load)
    {
        var weighted = stacks.Select((stack, i) => (Host + stack, (long)(load * (40 + i * 37 % 90) * 1_000_000)));
        return SmallProfile.Cpu(time, [.. weighted, (Collector, (long)(load * 35_000_000))]);
    }
}
