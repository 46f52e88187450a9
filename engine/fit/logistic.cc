#include "engine/fit/logistic.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

namespace ebb::fit {
namespace {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

// Newton steps on the weights that are free: one at its bound that the gradient pushes further is held there.
class Regression {
 public:
  Regression(const std::vector<double>& features, const std::vector<bool>& happened,
             const std::vector<LogisticTerm>& terms)
      : features_(features),
        happened_(happened),
        terms_(terms),
        n_(static_cast<Eigen::Index>(terms.size())) {}

  std::vector<double> run() {
    Vector w = Vector::Zero(n_ + 1);
    for (Eigen::Index i = 0; i < n_; ++i) w[i] = std::clamp(term(i).prior, term(i).least, term(i).most);
    double loss = derivatives(w);
    for (int step = 0; step < 100; ++step) {
      const Vector direction = newton(w);
      double size = 1;
      Vector next = clamped(w - direction);
      double next_loss = derivatives(next);
      while (!(next_loss <= loss + 1e-9 * std::abs(loss)) && size > 1e-6) {
        size /= 2;
        next = clamped(w - size * direction);
        next_loss = derivatives(next);
      }
      const double moved = (next - w).cwiseAbs().maxCoeff();
      w = next;
      loss = next_loss;
      if (moved < 1e-9) break;
    }
    return {w.data(), w.data() + w.size()};
  }

 private:
  const LogisticTerm& term(Eigen::Index i) const { return terms_[static_cast<std::size_t>(i)]; }

  Vector clamped(Vector w) const {
    for (Eigen::Index i = 0; i < n_; ++i) w[i] = std::clamp(w[i], term(i).least, term(i).most);
    return w;
  }

  // Loss at w; fills gradient_ and hessian_.
  double derivatives(const Vector& w) {
    gradient_ = Vector::Zero(n_ + 1);
    hessian_ = Matrix::Zero(n_ + 1, n_ + 1);
    double loss = 0;
    Vector x(n_ + 1);
    x[n_] = 1;
    for (std::size_t row = 0; row < happened_.size(); ++row) {
      x.head(n_) = Eigen::Map<const Vector>(features_.data() + static_cast<Eigen::Index>(row) * n_, n_);
      const double score = x.dot(w);
      const double p = 1 / (1 + std::exp(-score));
      loss += std::log1p(std::exp(-std::abs(score))) + std::max(score, 0.0) - (happened_[row] ? score : 0);
      gradient_ += (p - (happened_[row] ? 1 : 0)) * x;
      hessian_.selfadjointView<Eigen::Lower>().rankUpdate(x, p * (1 - p));
    }
    hessian_.triangularView<Eigen::StrictlyUpper>() = hessian_.transpose();
    for (Eigen::Index i = 0; i < n_; ++i) {
      const double off = w[i] - term(i).prior;
      loss += term(i).pull * off * off / 2;
      gradient_[i] += term(i).pull * off;
      hessian_(i, i) += term(i).pull;
    }
    hessian_(n_, n_) += 1e-9;
    return loss;
  }

  Vector newton(const Vector& w) const {
    Matrix hessian = hessian_;
    Vector gradient = gradient_;
    for (Eigen::Index i = 0; i < n_; ++i) {
      const bool held =
          (w[i] <= term(i).least && gradient[i] > 0) || (w[i] >= term(i).most && gradient[i] < 0);
      if (!held) continue;
      hessian.row(i).setZero();
      hessian.col(i).setZero();
      hessian(i, i) = 1;
      gradient[i] = 0;
    }
    return hessian.ldlt().solve(gradient);
  }

  const std::vector<double>& features_;
  const std::vector<bool>& happened_;
  const std::vector<LogisticTerm>& terms_;
  const Eigen::Index n_;
  Vector gradient_;
  Matrix hessian_;
};

}  // namespace

std::vector<double> fit_logistic(const std::vector<double>& features, const std::vector<bool>& happened,
                                 const std::vector<LogisticTerm>& terms) {
  return Regression(features, happened, terms).run();
}

}  // namespace ebb::fit
