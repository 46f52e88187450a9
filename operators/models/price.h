// What prices and promotions mean for staying.
#pragma once

namespace ebb {

// 0 to 1: how much of the custom hangs on promotions: the share of purchases made on them, as if two more had
// been made without. Somebody won by a promotion counts as two purchases on it (customers won at a 35 %
// discount are worth about half as much in the long run: Lewis 2006).
double promotion_dependence(double promoted, double purchases, bool acquired_by_promotion);

// Log-odds of paying `premium` (share above the market's price) at a satisfaction of 0 to 1. The satisfied
// tolerate it, and paying more is a sign of loyalty: down to -0.3; the dissatisfied are exposed: up to 0.6. A
// price below the market's says nothing.
double premium_points(double premium, double satisfaction);

// Log-odds before the cap for a price above what the customer is used to: both are shares of the list price.
// Up to 0.05 goes unnoticed.
double reference_price_reason(double usual, double last);

}  // namespace ebb
